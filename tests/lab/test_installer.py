"""What the user has told pip holds for both installers, and their words become a sentence that fits."""

import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading

import pytest

from course_lib.lab import installer, set_up

INDEX = "https://me:secret@mirror.example/simple"


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    """No settings but a test's own."""
    for name in [*os.environ]:
        if name.startswith(("PIP_", "UV_", "SSL_CERT_")) or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def write_settings(folder, monkeypatch, text):
    """A pip.conf that this test's pip reads."""
    (folder / "pip.conf").write_text(text)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))


def test_settings_are_read_as_pip_reads_them(tmp_path, monkeypatch):
    text = (
        f"[global]\nindex-url = {INDEX}\nproxy = http://old:1\ntarget = /elsewhere\n[install]\nproxy = http://new:2\n"
    )
    write_settings(tmp_path, monkeypatch, text + "no-index = true\nfind-links =\n    /a\n    /b\n")
    monkeypatch.setenv("PIP_CERT", "/certificates/mine.pem")
    told = installer.settings(sys.executable)
    assert told.pop("find-links").split() == ["/a", "/b"]
    assert told == {
        "index-url": INDEX,
        "proxy": "http://new:2",
        "no-index": "true",
        "cert": "/certificates/mine.pem",
    }


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("index-url", INDEX, {"UV_DEFAULT_INDEX": INDEX, "PIP_INDEX_URL": INDEX}),
        ("extra-index-url", "http://a http://b", {"UV_INDEX": "http://a http://b"}),
        ("find-links", "/a\n/b", {"UV_FIND_LINKS": "/a,/b", "PIP_FIND_LINKS": "/a\n/b"}),
        ("extra-index-url", "\nhttp://a\nhttp://b", {"UV_INDEX": "http://a http://b"}),
        ("trusted-host", "\na\nb:1", {"UV_INSECURE_HOST": "a b:1"}),
        ("find-links", "~/a /b", {"UV_FIND_LINKS": f"{os.path.expanduser('~/a')},/b"}),
        ("cert", "~/c.pem", {"SSL_CERT_FILE": os.path.expanduser("~/c.pem"), "PIP_CERT": "~/c.pem"}),
        ("cert", os.path.dirname(__file__), {"SSL_CERT_DIR": os.path.dirname(__file__)}),
        ("keyring-provider", "subprocess", {"UV_KEYRING_PROVIDER": "subprocess"}),
        ("no-cache-dir", "1", {"UV_CACHE_DIR": installer.CACHE, "PIP_NO_CACHE_DIR": "1"}),
        ("trusted-host", "a b:1", {"UV_INSECURE_HOST": "a b:1", "PIP_TRUSTED_HOST": "a b:1"}),
        ("proxy", "http://p:1", {"HTTPS_PROXY": "http://p:1", "https_proxy": "http://p:1", "PIP_PROXY": "http://p:1"}),
        ("cert", "/c.pem", {"SSL_CERT_FILE": "/c.pem", "PIP_CERT": "/c.pem"}),
        ("client-cert", "/c.pem", {"SSL_CLIENT_CERT": "/c.pem", "PIP_CLIENT_CERT": "/c.pem"}),
        ("timeout", "60", {"UV_HTTP_TIMEOUT": "60", "PIP_TIMEOUT": "60"}),
    ],
)
def test_what_pip_is_told_is_told_to_uv(name, value, wanted):
    assert wanted.items() <= installer.environment({name: value}).items()


def test_what_uv_is_told_itself_holds(monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://of-uv")
    assert installer.environment({"index-url": INDEX})["UV_DEFAULT_INDEX"] == "http://of-uv"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("UV_INDEX_WORK_PASSWORD", True),
        ("UV_HTTP_RETRIES", True),
        ("UV_EXCLUDE_NEWER", False),
        ("UV_REQUIRE_HASHES", False),
        ("UV_NO_BUILD", False),
        ("UV_CONFIG_FILE", False),
        ("UV_PYTHON", False),
    ],
)
def test_of_uvs_own_settings_those_hold_that_say_how_packages_are_got(name, kept, monkeypatch):
    monkeypatch.setenv(name, "1")
    environ = installer.environment({})
    assert (name in environ, environ["UV_NO_CONFIG"]) == (kept, "1")


def test_downloads_are_kept_where_pip_keeps_them_or_where_there_is_a_place(tmp_path, monkeypatch):
    told = {"cache-dir": str(tmp_path)}
    assert installer.environment(told)["UV_CACHE_DIR"] == str(tmp_path / "uv")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    assert "UV_CACHE_DIR" not in installer.environment({})
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as without_home:
        without_home.delenv("XDG_CACHE_HOME")
        without_home.setattr("os.path.expanduser", lambda path: path)
        assert installer.environment({})["UV_CACHE_DIR"] == installer.CACHE
        assert not (tmp_path / "~").exists()
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert installer.environment({})["UV_CACHE_DIR"] == installer.CACHE
    assert installer.environment({"cache-dir": str(tmp_path / "file")})["UV_CACHE_DIR"] == installer.CACHE


@pytest.mark.parametrize("name", ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_REQUIRE_HASHES"])
def test_nothing_leads_pip_out_of_venv_or_to_other_versions(name, monkeypatch):
    monkeypatch.setenv(name, "/elsewhere")
    environ = installer.environment(installer.settings(sys.executable))
    assert name not in environ
    assert (environ["PIP_USER"], environ["PIP_CONFIG_FILE"]) == ("0", os.devnull)


@pytest.mark.parametrize(("value", "alone"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_no_index_holds_for_uv(value, alone):
    command = ["python", "-m", "uv", "pip", "install"]
    assert (installer.adapted(command, {"no-index": value}) != command) is alone
    assert installer.adapted(["python", "-m", "pip"], {"no-index": value}) == ["python", "-m", "pip"]


def test_certificate_of_ones_own_is_the_systems(monkeypatch):
    monkeypatch.setattr(installer, "_systems_certificates", lambda: ["/system.pem"])
    environ = installer.environment({}, systems=True)
    assert (environ["UV_SYSTEM_CERTS"], environ["PIP_CERT"]) == ("1", "/system.pem")


@pytest.mark.parametrize(
    ("words", "told", "sentence"),
    [
        ("invalid peer certificate: UnknownIssuer, error sending request", {}, "does not trust"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", {}, "does not trust"),
        ("Failed to fetch: HTTP status client error (403 Forbidden)", {"index-url": INDEX}, "Mirror.example refuses"),
        ("ERROR: HTTP error 401 while getting; 401 Client Error: Unauthorized", {}, "The package index refuses"),
        (
            "ProxyError('Cannot connect to proxy.', 407 Proxy Authentication Required",
            {"proxy": "http://p:1"},
            "P refuses",
        ),
        ("error sending request: Connection refused", {"index-url": INDEX}, "mirror.example, the index-url of your"),
        (
            "ConnectTimeout",
            {"proxy": "http://p:1", "index-url": INDEX},
            "p, the proxy of your settings of pip, does not",
        ),
        ("dns error", {}, "needs the internet, once"),
        ("ERROR: No matching distribution found for numpy", {}, "lacks a package that the course needs"),
        ("Because numpy was not found in the package registry", {"index-url": INDEX}, "Mirror.example lacks a package"),
    ],
)
def test_internet_is_asked_for_only_where_there_is_none(words, told, sentence):
    says = installer.explain(words, told=told)
    assert sentence in says
    assert ("internet" in says) is (words == "dns error")
    assert "secret" not in says


def test_without_uv_pip_installs(tmp_path, monkeypatch):
    """A mirror made for the course's packages alone."""
    told, steps = ["No matching distribution found for uv", ""], []

    def attempt(command, root, title, environ):
        steps.append(command)
        return (1, told.pop(0)) if told and told[0] else (0, "")

    monkeypatch.setattr(set_up, "attempt", attempt)
    monkeypatch.setattr(installer, "settings", lambda python: {})
    _, second, third = (command for _, command in set_up.steps(str(tmp_path), ["python3"], "0"))
    assert set_up.run(second, str(tmp_path), "2/3")
    assert installer.without_uv(third)[1:] == ["-m", "pip", "install", "-r", "requirements.txt"]


@pytest.mark.parametrize(
    "problem", ["CERTIFICATE_VERIFY_FAILED", "403 Client Error", "Failed to establish a new connection"]
)
def test_uv_that_could_not_be_had_is_not_one_that_is_not_there(problem):
    assert not installer.lacks_uv(f"{problem}\nERROR: No matching distribution found for uv<1,>=0.8")
    assert installer.lacks_uv("ERROR: No matching distribution found for uv<1,>=0.8")


# ---- The real installers, behind a certificate that only this machine's owner knows


@pytest.fixture
def behind_a_certificate(tmp_path):
    """(the address of an index with no packages, the file of its certificate)."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("needs the program openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)

    class Index(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("localhost", 0), Index)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}/simple", certificate
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("module", ["pip", "uv"])
def test_installers_trust_the_certificate_that_pip_is_told_of(behind_a_certificate, tmp_path, module):
    index, certificate = behind_a_certificate
    more = ["--retries", "0"] if module == "pip" else ["pip", "install", "--python", sys.executable, "--no-cache"]
    command = [sys.executable, "-m", module, *(["install"] if module == "pip" else []), *more]

    def words(**told):
        environ = installer.environment({"index-url": index, **told})
        run = [*command, "a-package-that-is-not-there", *(["--dry-run"] if module == "uv" else [])]
        process = subprocess.run(run, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return process.stdout

    assert installer.is_untrusted(words())
    assert not installer.is_untrusted(trusting := words(cert=str(certificate)))
    assert "lacks a package" in installer.explain(trusting, told={"index-url": index})
