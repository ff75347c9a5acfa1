"""What the installers, pip and uv, are told by the user's settings, and what their words mean.

Written for Python 3.6 too, because ``set_up`` is.
"""

import ast
import os
import platform
import re
import ssl
import subprocess
from urllib.parse import urlsplit

# What pip's settings say of how packages are got; where they go and which they are is the course's to say.
KEPT = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "proxy",
    "cert",
    "client-cert",
    "timeout",
    "default-timeout",
    "cache-dir",
    "no-cache-dir",
    "keyring-provider",
    "disable-pip-version-check",
)
# The same, by the names that uv and its libraries have for it.
OF_UV = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "keyring-provider": ("UV_KEYRING_PROVIDER",),
}
# What stands between more than one of them.
SEPARATORS = {"UV_INDEX": " ", "UV_FIND_LINKS": ",", "UV_INSECURE_HOST": " "}
# In the environment, another Python's would change what is installed, or where.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")
# Of uv's own settings, too, those hold that say how packages are got.
KEPT_OF_UV = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_STRATEGY|INDEX_\w+_(USERNAME|PASSWORD)|NO_INDEX|FIND_LINKS|"
    r"INSECURE_HOST|KEYRING_PROVIDER|HTTP_TIMEOUT|REQUEST_TIMEOUT|HTTP_RETRIES|NATIVE_TLS|SYSTEM_CERTS|OFFLINE|"
    r"CACHE_DIR|LINK_MODE|CONCURRENT_\w+)"
)
# Where uv keeps what it downloads, if it may not do so in the user's own place; seen from the course's folder.
CACHE = os.path.join(".venv", "uv-cache")
SYSTEMS_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
# A finished .venv was measured at 2.7 GB (Linux, Python 3.11); for the CUDA build this is an estimate.
GIGABYTES = {"0": 3.0, "1": 8.0}

# What an installer's words mean, first match first.
UNTRUSTED = r"CERTIFICATE_VERIFY_FAILED|UnknownIssuer|peer certificate|self[- ]signed certificate|local issuer"
UNREACHABLE = (
    r"error sending request|dns error|Connection refused|connection error|Failed to establish|ConnectionError|"
    r"ConnectTimeout|Could not connect|name resolution|unreachable|timed out|ProxyError|tunnel error"
)
LACKING = "{host} lacks a package that the course needs: it must have all of requirements.txt, uv and hatchling"
REASONS = [
    (
        r"No space left|os error 28|Errno 28|not enough space|quota exceeded",
        "The disk is full: free some space (about {needed:.1f} GB are needed in all), then run this again",
    ),
    (
        UNTRUSTED,
        "The certificate of {host} is one that this machine does not trust: name the file of the one that signs it, as "
        "in PIP_CERT=/path/to/certificates.pem make lab",
    ),
    (
        r"\b(401|403|407)\b\W+(Unauthorized|Forbidden|Proxy)|\b(401|403|407) (Client )?Error|authentication required",
        "{host} refuses this machine: see the name and the password for it in your settings of pip, or ask whoever "
        "keeps it",
    ),
    (UNREACHABLE, "{unreachable}"),
    (
        r"Permission denied|os error 13|Errno 13|Read-only file system|Access is denied",
        "The installer may not write where it has to: see which file, and make it writable",
    ),
    (
        r"no wheels with a matching|is not a supported wheel|not supported on this platform",
        "One of the packages has no build for this machine ({machine})",
    ),
    (r"No matching distribution|No solution found|not found in the package registry|\b404\b", LACKING),
]


def settings(python):
    """What pip's files and PIP_… in the environment say, as that Python's pip reads them."""
    command = [python, "-m", "pip", "config", "list"]
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {}
    # Files for all commands come first, those for one command next, the environment last: the same is true of who wins.
    for section in ("global.", "install.", ":env:."):
        for line in process.stdout.decode("utf-8", "replace").splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(section):
                found[name[len(section) :]] = ast.literal_eval(value)
    return {name: value for name, value in found.items() if name in KEPT and value}


def environment(told, systems=False):
    """The environment of an installer: what pip is told holds for uv too, and nothing leads it out of .venv.

    told: ``settings``   systems: True for the system's certificates, where the installers' own do not do
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    environ.update((name, value) for name, value in os.environ.items() if KEPT_OF_UV.fullmatch(name))
    # The files would say where to install to, and which versions: what is kept of them stands in the environment.
    environ.update(PIP_CONFIG_FILE=os.devnull, PIP_USER="0", UV_NO_CONFIG="1")
    environ.update(("PIP_" + name.upper().replace("-", "_"), value) for name, value in told.items())
    for name, others in OF_UV.items():
        for other in others if name in told else ():
            _tell_uv(environ, other, told[name])
    if "no-cache-dir" in told or not _may_keep(environ, told):
        environ["UV_CACHE_DIR"] = CACHE
    # pip takes the best of all indexes; uv would look no further than the first that has the package.
    environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if environ.get(name):
            environ.setdefault("SSL_CERT_FILE", environ[name])
    if systems:
        environ.update(UV_SYSTEM_CERTS="1", UV_NATIVE_TLS="1")
        environ.update(("PIP_CERT", path) for path in _systems_certificates()[:1])
    return environ


def adapted(command, told):
    """The command with what uv takes from its command line alone."""
    alone = told.get("no-index", "").lower() in ("1", "true", "yes", "on") and command[2:3] == ["uv"]
    return [*command, "--no-index"] if alone else command


def without_uv(command):
    """The command of uv's as one of pip's."""
    return [command[0], "-m", "pip", "install", *command[command.index("neural-networks-course") + 1 :]]


def _tell_uv(environ, name, value):
    # pip knows ~, and lists over more than one line.
    if name in SEPARATORS:
        value = SEPARATORS[name].join(map(os.path.expanduser, value.split()))
    if name in ("SSL_CERT_FILE", "SSL_CLIENT_CERT"):
        value = os.path.expanduser(value)
    if name == "SSL_CERT_FILE" and os.path.isdir(value):
        name = "SSL_CERT_DIR"
    if (name == "UV_HTTP_TIMEOUT" and not value.isdigit()) or (name == "UV_KEYRING_PROVIDER" and value != "subprocess"):
        return
    if name.endswith("_PROXY"):
        # Programs read either spelling, and the one for pip alone was meant for this.
        environ.update({name: value, name.lower(): value})
    else:
        environ.setdefault(name, value)


def _may_keep(environ, told):
    """Whether uv may keep its downloads in the user's place for them; where that is what pip is told, it says so."""
    if "cache-dir" in told:
        environ.setdefault("UV_CACHE_DIR", os.path.join(os.path.expanduser(told["cache-dir"]), "uv"))
    if os.name == "nt" and "UV_CACHE_DIR" not in environ:
        return True
    usual = os.path.join(environ.get("XDG_CACHE_HOME") or os.path.expanduser(os.path.join("~", ".cache")), "uv")
    folder = environ.get("UV_CACHE_DIR") or usual
    if folder.startswith("~"):
        # There is no home.
        return False
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _systems_certificates():
    known = [ssl.get_default_verify_paths().cafile]
    return [path for path in [*known, *SYSTEMS_CERTIFICATES] if path and os.path.exists(path)]


def is_untrusted(words):
    """Whether an installer stopped at a certificate."""
    return bool(re.search(UNTRUSTED, words, re.IGNORECASE))


def lacks_uv(words):
    """Whether all is well but that there is no uv: a mirror that was made for the course's packages alone."""
    return bool(re.search(r"No matching distribution found for uv\b", words)) and _reason(words) == LACKING


def explain(log, gpu="0", told=()):
    """One sentence for what an installer wrote before it gave up. ``told``: ``settings``."""
    told = dict(told)
    through = [name for name in ("proxy", "index-url") if name in told]
    host = urlsplit(told[through[0]]).hostname or told[through[0]] if through else "the package index"
    if through:
        unreachable = (
            f"The packages could not be downloaded: {host}, the {through[0]} of your settings of pip, does not answer; "
            "see whether it can be reached, then run this again"
        )
    else:
        unreachable = (
            "The packages could not be downloaded: the first set-up needs the internet, once (later starts do not); "
            "connect, then run this again"
        )
    said = _reason(log).format(needed=GIGABYTES[gpu], machine=platform.platform(), host=host, unreachable=unreachable)
    return said[:1].upper() + said[1:]


def _reason(words):
    matching = (sentence for signs, sentence in REASONS if re.search(signs, words, re.IGNORECASE))
    return next(matching, "The installer gave up")
