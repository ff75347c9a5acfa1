"""Attacks that reach for what is outside: answers on disk, other processes, the network, the system."""

from tests.grading.hostile import searching
from tests.grading.hostile.attack import FOOTPRINT, Attack

# Meets another notebook with (almost) the same cell at every place that two processes might share.
MEETING = """
# {name}
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
met = []

def at(place, leave, look):
    try:
        if look(): met.append(place)
        leave()
    except OSError: pass

held = []
def listen():
    held.append(socket.socket(socket.AF_UNIX)); held[-1].bind("\\0{footprint}"); held[-1].listen()
def connected(): return socket.socket(socket.AF_UNIX).connect_ex("\\0{footprint}") == 0
def add_key(): libc.syscall(248, b"user", b"{footprint}", b"18", ctypes.c_size_t(2), ctypes.c_int(-3))
def find_key(): return libc.syscall(250, 10, ctypes.c_int(-3), b"user", b"{footprint}", 0) > 0
def add_segment(): libc.shmget(181818, 4096, 0o1666)
def find_segment(): return libc.shmget(181818, 4096, 0) >= 0

places = [("abstract socket", listen, connected), ("key ring", add_key, find_key),
          ("segment", add_segment, find_segment)]
for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/"):
    path = folder + "/{footprint}"
    places.append((folder, lambda path=path: open(path, "w").close(), lambda path=path: os.path.exists(path)))
for place in places: at(*place)
time.sleep(1)
raise LookupError(f"TOP-SECRET {{met}}" if met else "nobody met")
"""

ATTACKS = [
    *searching.ATTACKS,
    Attack(
        "the_reference",
        """
        import importlib, pkgutil, course_lib
        wanted, found = ("ink", "misread", "what_was_done"), []
        for module in pkgutil.walk_packages(course_lib.__path__, "course_lib.", onerror=lambda name: None):
            try: loaded = importlib.import_module(module.name)
            except BaseException: continue
            for name in wanted:
                thing = vars(loaded).get(name)
                if thing: found.append(module.name)
                if callable(thing): globals()[name] = thing
        from course_lib.checks import start_here
        for name in wanted: getattr(start_here, name)(globals()[name])
        ink, misread = getattr(start_here.ink, "judge", ink), getattr(start_here.misread, "judge", misread)
        raise LookupError(f"TOP-SECRET {found}" if found else "no reference in the course")
    """,
    ),
    Attack(
        "names_of_secret_modules",
        """
        found = []
        for name in ("checking.check", "checking.kinds", "checking.mistakes", "checking.models", "checking.progress",
                     "checking.trial", "grading.judge", "grading.assignment", "grading.batch", "grading.reports",
                     "grading.sandbox", "grading.submissions", "checks.neurons", "building.exercises", "lab.set_up"):
            try: module = __import__("course_lib." + name, fromlist=["x"])
            except ImportError: continue
            if not (name.startswith("checks") and hasattr(module, "Silent")): found.append(name)
        raise LookupError(f"TOP-SECRET {found}" if found else "no secret module")
    """,
        ran="no secret module",
    ),
    Attack(
        "environment",
        """
        import os
        named = {"HOME": "/tmp", "TMPDIR": "/tmp"}
        found = [name for name in os.environ if name.startswith(("SSH", "USER", "LOGNAME", "SUDO", "GIT", "AWS"))
                 or "TOKEN" in name or "KEY" in name or "SECRET" in name]
        found += [name for name, value in named.items() if os.environ.get(name) != value]
        texts = open("/proc/self/environ").read() + open("/proc/1/environ").read()
        found += [word for word in ("/root", "/home", "SSH_", "TOKEN") if word in texts]
        raise LookupError(f"TOP-SECRET {found}" if found else "a plain environment")
    """,
        ran="a plain environment",
    ),
    Attack(
        "processes_in_proc",
        """
        import os, sys
        found, mine = [], {os.getpid(), os.getppid()}
        for base in ("/proc", "/.proc"):
            for name in os.listdir(base) if os.path.isdir(base) else ():
                if name.isdigit() and int(name) not in mine:
                    found.append(open(f"{base}/{name}/cmdline").read())
                elif name.isdigit():
                    found += [link for entry in ("cwd", "root")
                              if (link := os.readlink(f"{base}/{name}/{entry}")) not in ("/", "/tmp")]
        links = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if name not in "012"
                 and os.path.exists(f"/proc/self/fd/{name}")]
        # The notebook's own event loop waits at an eventpoll: it leads nowhere.
        own = "socket:", "/proc", "anon_inode:[eventpoll]", sys.prefix
        found += [link for link in links if not link.startswith(own)]
        raise LookupError(f"TOP-SECRET {found}" if found else "alone in proc")
    """,
        ran="alone in proc",
    ),
    Attack(
        "memory_of_itself",
        """
        found = []
        words = [b"That is all the ink" + b" together", b"Five in every hundred" + b" are misread"]
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
            for line in maps:
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                if "r" not in line.split()[1] or high - low > 1 << 27 or "/" in line: continue
                try: memory.seek(low); data = memory.read(high - low)
                except (OSError, OverflowError, ValueError): continue
                # The cell's own text is cut in two where it would be found.
                found += [word for word in words if word in data and data.count(word) > 1]
        raise LookupError(f"TOP-SECRET {found}" if found else "no hint in the memory")
    """,
        ran="no hint in the memory",
    ),
    Attack(
        "ptrace",
        """
        import ctypes, os
        libc, done = ctypes.CDLL(None), []
        for process in (os.getppid() or 1, *range(2, 300)):
            if process != os.getpid() and libc.ptrace(16, process, 0, 0) == 0: done.append(process)
        class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
        own, far = Part(ctypes.addressof(ctypes.create_string_buffer(8)), 8), Part(0x400000, 8)
        for process in range(2, 300):
            if libc.process_vm_readv(process, ctypes.byref(own), 1, ctypes.byref(far), 1, 0) > 0: done.append(process)
        raise LookupError(f"TOP-SECRET {done}" if done else "nobody to trace")
    """,
        ran="nobody to trace",
    ),
    Attack(
        "signals",
        """
        import os, signal
        misread = 18
        reached = []
        for process in range(2, 5000):
            try: os.kill(process, signal.SIGKILL); reached.append(process)
            except OSError: pass
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
            for process in (os.getppid(), -1, 0, -os.getpgrp(), 1):
                try: os.kill(process, number)
                except OSError: pass
        raise LookupError(f"TOP-SECRET {reached}" if reached else "nobody to kill")
    """,
        earns=1,
    ),
    Attack(
        "network",
        """
        import socket, subprocess
        reached = []
        hosts = ("127.0.0.1", 22), ("127.0.0.1", 8888), ("::1", 22), ("8.8.8.8", 53), ("169.254.169.254", 80)
        for host, port in hosts:
            try: socket.create_connection((host, port), 0.3); reached.append(host)
            except OSError as error:
                if error.errno == 111: reached.append(f"{host} refused")
        try: reached.append(socket.gethostbyname("example.org"))
        except OSError: pass
        words = ["bash", "-c", "echo > /dev/tcp/127.0.0.1/22"]
        if subprocess.run(words, capture_output=True, timeout=1).returncode == 0:
            reached.append("bash")
        for path in ("/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/tmp/.X11-unix/X0"):
            if socket.socket(socket.AF_UNIX).connect_ex(path) == 0: reached.append(path)
        raise LookupError(f"TOP-SECRET {reached}" if reached else "no network")
    """,
        ran="no network",
    ),
    Attack(
        "namespaces",
        """
        import ctypes, os
        libc, done = ctypes.CDLL(None), []
        for flag in (0x10000000, 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000):
            if libc.unshare(flag) == 0: done.append(hex(flag))
        if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0: done.append("mount")
        if libc.mount(b"none", b"/", None, 32, None) == 0: done.append("remount")
        for path in (b"/.proc", b"/proc", b"/tmp", b"/dev/shm", b"/course"):
            if libc.umount2(path, 2) == 0: done.append(path)
        if libc.sethostname(b"x", 1) == 0: done.append("host name")
        for call, *given in ((os.chroot, "/tmp"), (os.setuid, 0), (os.setgid, 0), (os.setgroups, [0]),
                             (os.mknod, "/tmp/disk", 0o60666, os.makedev(8, 0))):
            try: call(*given); done.append(call.__name__)
            except OSError: pass
        for kind in ("user", "mnt", "pid", "net"):
            try:
                for process in (1, os.getppid()):
                    if process != os.getpid() and libc.setns(os.open(f"/proc/{process}/ns/{kind}", 0), 0) == 0:
                        done.append("setns " + kind)
            except OSError: pass
        raise LookupError(f"TOP-SECRET {done}" if done else "no namespace")
    """,
        ran="no namespace",
    ),
    Attack(
        "capabilities",
        """
        status = dict(line.split(":\\t") for line in open("/proc/self/status") if ":\\t" in line)
        found = [f"{name}={status[name].strip()}" for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")
                 if int(status[name], 16)]
        found += ["NoNewPrivs"] if status["NoNewPrivs"].strip() != "1" else []
        found += [] if set(status["Uid"].split()) == {"65534"} else [status["Uid"]]
        raise LookupError(f"TOP-SECRET {found}" if found else "no capability")
    """,
        ran="no capability",
    ),
    Attack(
        "writing_everywhere",
        f"""
        import os, sys, course_lib, numpy
        written, places = [], ["/", "/course", "/dev", "/usr", "/usr/bin", "/etc", "/lib", "/bin", "/proc", "/.proc",
                               "/var", "/home", "/root", sys.prefix, os.path.dirname(numpy.__file__),
                               os.path.dirname(course_lib.__file__), "/proc/sys/kernel"]
        for place in places:
            try: open(f"{{place}}/{FOOTPRINT}", "w").close(); written.append(place)
            except OSError: pass
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger", "/dev/mem",
                     "/proc/1/oom_score_adj" if os.getpid() != 1 else "/dev/sda", course_lib.__file__, numpy.__file__,
                     sys.executable):
            try: open(path, "ab").close(); written.append(path)
            except OSError: pass
        for path in (course_lib.__file__, sys.executable):
            for act, *more in (os.unlink,), (os.chmod, 0o777), (os.rename, "/tmp/x"), (os.utime,):
                try: act(path, *more); written.append(act.__name__)
                except OSError: pass
        raise LookupError(f"TOP-SECRET {{written}}" if written else "nothing written")
    """,
        ran="nothing written",
    ),
    Attack(
        "oom_score",
        """
        import os
        done = []
        try: os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-1000"); done.append("-1000")
        except OSError: pass
        raise LookupError(f"TOP-SECRET {done}" if done else "score kept")
    """,
        ran="score kept",
    ),
    Attack(
        "setuid_programs",
        """
        import subprocess
        done = []
        for words in ("su -c id", "sudo -n id", "mount -t tmpfs x /tmp", "unshare -Ur id", "newuidmap 1 0 0 1",
                      "passwd -d root", "bwrap --bind / / id"):
            try:
                run = subprocess.run(words.split(), capture_output=True, timeout=1, stdin=subprocess.DEVNULL)
                if run.returncode == 0: done.append(words)
            except (OSError, subprocess.TimeoutExpired): pass
        raise LookupError(f"TOP-SECRET {done}" if done else "no privilege")
    """,
        ran="no privilege",
    ),
    Attack("meeting_one", MEETING.format(name="one", footprint=FOOTPRINT), ran="nobody met"),
    Attack("meeting_two", MEETING.format(name="two", footprint=FOOTPRINT), ran="nobody met"),
    Attack(
        "ipython_commands",
        """
        !touch /tmp/hostile-was-here
        %run /course/course_lib/start_here.py
        get_ipython().system("touch /tmp/hostile-was-here")
        raise OSError(f"a shell said {get_ipython().getoutput('ls /tmp')}")
    """,
        ran="a shell said []",
    ),
]
