"""Attacks on time, memory, disk and processes. They keep to sizes that would not hurt if the sandbox failed."""

from tests.grading.hostile.attack import FOOTPRINT, Attack

# Takes 256 MiB, which is more than the memory that these are given, and waits to be found out.
FILL = """
import ctypes, mmap, time
{before}
kept = []
for _ in range(16):
    kept.append(mmap.mmap(-1, 1 << 24, flags=mmap.MAP_ANONYMOUS | mmap.{kind}))
    kept[-1].write(bytes(1 << 24))
time.sleep(20)
if kept: raise MemoryError("TOP-SECRET: all taken, and still here")
"""
# Graded apart, with less memory and time than others: page by page, a gigabyte takes long on some machines.
MEMORY_LIMIT, PROCESSOR_LIMIT = 160 << 20, 4
NARROW_ATTACKS = [
    Attack("memory_of_its_own", FILL.format(before="", kind="MAP_PRIVATE"), ran="used more"),
    # It could be kept without being mapped, so there is none.
    Attack("memory_that_is_shared", FILL.format(before="", kind="MAP_SHARED"), ran="PermissionError"),
    Attack(
        "memory_that_cannot_be_looked_at",
        FILL.format(before="ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)", kind="MAP_PRIVATE"),
        ran="used more",
    ),
    Attack(
        "memory_of_children",
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                kept = b"x" * (64 << 20)
                time.sleep(30)
        time.sleep(20)
        raise MemoryError("TOP-SECRET: all taken, and still here")
    """,
        ran="used more memory",
    ),
    Attack(
        "memory_in_sockets",
        """
        import os, socket, time
        for _ in range(4):
            if os.fork() == 0:
                pairs = [socket.socketpair() for _ in range(110)]
                for one, other in pairs:
                    one.setblocking(False)
                    try:
                        while True: one.send(bytes(1 << 16))
                    except OSError: pass
                time.sleep(30)
        time.sleep(10)
        raise MemoryError("TOP-SECRET: all taken, and still here")
    """,
        ran="used more memory",
    ),
    Attack(
        "processor_of_children",
        """
        import os, time
        for _ in range(10):
            if os.fork() == 0:
                while True: pass
        time.sleep(200)
    """,
        ran="used more processor time",
    ),
]

ATTACKS = [
    Attack("loop_in_a_cell", "misread = 18\nwhile True: pass", earns=0, ran="took more than"),
    Attack("loop_in_a_call", "def ink(picture):\n    while True: pass", ran="took more than"),
    Attack("loop_in_c", "def ink(picture):\n    return 3 ** (10 ** 9)", ran="took more than"),
    Attack("sleep", "import time\ntime.sleep(10**6)", ran="took more than"),
    Attack(
        "loop_that_cannot_be_interrupted",
        """
        import signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True:
            try:
                while True: pass
            except BaseException: pass
    """,
        ran="took more than",
    ),
    Attack("stop_itself", "import os, signal, time\nos.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(60)"),
    Attack("no_descriptors", "import os\nos.closerange(0, 4096)"),
    Attack(
        "another_channel",
        """
        import os, socket
        mine, other = socket.socketpair()
        for descriptor in range(3, 64):
            try: os.dup2(mine.fileno(), descriptor)
            except OSError: pass
        other.sendall(bytes(1000))
    """,
    ),
    Attack("exit_at_once", "import os\nos._exit(0)", ran="ended itself (status 0)"),
    Attack("exit_in_a_call", "import os\n\ndef ink(picture):\n    os._exit(0)", ran="ended itself (status 0)"),
    Attack("exit_politely", "raise SystemExit('bye')", ran="bye"),
    Attack("interrupt", "raise KeyboardInterrupt('stop')", ran="KeyboardInterrupt"),
    Attack(
        "abort_and_dump",
        """
        import os, resource
        try: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
        except (OSError, ValueError): pass
        os.abort()
    """,
        ran="ended by the signal",
    ),
    Attack("segmentation_fault", "import ctypes\nctypes.string_at(0)", ran="SIGSEGV"),
    Attack(
        "stack_overflow",
        """
        import sys
        sys.setrecursionlimit(10**9)
        nested = []
        for _ in range(10**6): nested = [nested]
        repr(nested)
    """,
    ),
    Attack(
        "flood_of_output",
        """
        import os, sys
        for _ in range(1024):
            os.write(1, bytes(1 << 20))
            os.write(2, bytes(1 << 20))
        raise OSError("two GiB written")
    """,
        ran="two GiB written",
    ),
    Attack("flood_of_print", "while True: print('x' * (1 << 20))"),
    Attack(
        "fork_bomb",
        """
        import os, time
        children = 0
        for _ in range(150):
            try:
                if os.fork() == 0:
                    time.sleep(30)
                    os._exit(0)
                children += 1
            except OSError:
                break
        raise OSError("within the limit" if children < 64 else f"TOP-SECRET {children} processes")
    """,
    ),
    Attack(
        "busy_children",
        """
        import os
        for _ in range(20):
            try:
                if os.fork() == 0:
                    while True: pass
            except OSError: break
        def ink(picture): return 0.5
        import time
        time.sleep(1)
    """,
    ),
    Attack(
        "daemon",
        """
        import os, signal, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in (1, 2, 3, 13, 15): signal.signal(number, signal.SIG_IGN)
                os.closerange(0, 256)
                time.sleep(600)
            os._exit(0)
    """,
    ),
    Attack(
        "threads_that_outlive",
        """
        import threading, time
        for _ in range(20): threading.Thread(target=time.sleep, args=(600,)).start()
        import os
        os._exit(3)
    """,
        ran="status 3",
    ),
    Attack(
        "full_disk",
        f"""
        import os
        written = 0
        for folder in ("/tmp", "/dev/shm"):
            try:
                for number in range(200):
                    with open(f"{{folder}}/{FOOTPRINT}{{number or ''}}", "wb") as file:
                        written += file.write(bytes(1 << 20))
            except OSError as error:
                pass
        raise OSError("the disk has its limit" if written <= 130 << 20 else f"TOP-SECRET {{written}}")
    """,
        ran="the disk has its limit",
    ),
    Attack(
        "many_files",
        """
        try:
            for number in range(20_000): open(f"/tmp/{number}", "w").close()
        except OSError: raise OSError("so many files and no more")
    """,
        ran="so many files and no more",
    ),
    Attack(
        "large_file",
        """
        import os, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            with open("/tmp/large", "wb") as file: os.truncate(file.fileno(), 1 << 40)
        except OSError: raise OSError("not as large as that")
    """,
        ran="not as large as that",
    ),
    Attack(
        "many_open_files",
        """
        import os
        try:
            while True: os.open("/dev/null", os.O_RDONLY)
        except OSError: raise OSError("no more descriptors")
    """,
        ran="no more descriptors",
    ),
    Attack(
        "limits_raised",
        """
        import resource
        raised = []
        for name in dir(resource):
            if name.startswith("RLIMIT_"):
                soft, hard = resource.getrlimit(getattr(resource, name))
                try: resource.setrlimit(getattr(resource, name), (-1, -1))
                except (OSError, ValueError): continue
                if hard != -1: raised.append(name)
        raise OSError(f"TOP-SECRET {raised}" if raised else "no limit raised")
    """,
        ran="no limit raised",
    ),
]
