"""Attacks by way of the kernel: memory that no process is seen to have, and places where two sandboxes could meet."""

from tests.grading.hostile.attack import Attack

# Ways to memory that stays when it is not mapped. The kernel's own number of a call, where Python has no name for it.
UNMAPPED = """
import ctypes, mmap, os, platform
libc = ctypes.CDLL(None, use_errno=True)
had = []

def at(place, take):
    try:
        if take() not in (None, -1): had.append(place)
    except OSError: pass

column = ("x86_64", "aarch64").index(platform.machine())
for name, numbers, *given in (
    ("shmget", (29, 194), 0, 1 << 20, 0o600), ("msgget", (68, 186), 0, 0o600), ("semget", (64, 190), 0, 1, 0o600),
    ("memfd_create", (319, 279), b"x", 0), ("memfd_secret", (447, 447), 0), ("mq_open", (240, 180), b"x", 66, 0o600, 0),
    ("io_uring_setup", (425, 425), 8, ctypes.create_string_buffer(200)), ("userfaultfd", (323, 282), 1),
    ("perf_event_open", (298, 241), ctypes.create_string_buffer(bytes.fromhex("01000000 70"), 128), 0, -1, -1, 0),
    ("bpf", (321, 280), 0, ctypes.create_string_buffer(bytes.fromhex("02000000 04000000 04000000 01"), 64), 64),
):
    at(name, lambda: libc.syscall(numbers[column], *given))
at("shared memory", lambda: mmap.mmap(-1, 1 << 20))
at("/dev/zero", lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 1 << 20))
reading, writing = os.pipe()
class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
part = Part(ctypes.addressof(ctypes.create_string_buffer(4096)), 4096)
at("terminal", lambda: os.openpty())
at("vmsplice", lambda: libc.vmsplice(writing, ctypes.byref(part), 1, 0))
raise MemoryError(f"TOP-SECRET {had}" if had else "no memory unseen")
"""
# Meets another notebook with (almost) the same cell at a file that both can read.
LOCKING = """
# {name}
import ctypes, fcntl, os, struct, time
libc = ctypes.CDLL(None, use_errno=True)
file, met = os.open(ctypes.__file__, os.O_RDONLY), []

def at(place, leave, look):
    try:
        if look(): met.append(place)
    except OSError: met.append(place) if place == "flock" and ctypes.get_errno() == 11 else None
    try: leave()
    except OSError: pass

def locked():
    try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError: return True
    fcntl.flock(file, fcntl.LOCK_UN)

def record(kind): return struct.pack("hhqqi4x", kind, os.SEEK_SET, 18, 1, 0)
def kind_of(command): return struct.unpack("hhqqi4x", fcntl.fcntl(file, command, record(fcntl.F_WRLCK)))[0]
watch = libc.inotify_init()
places = [
    ("flock", lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB), locked),
    ("lock of a record", lambda: fcntl.fcntl(file, fcntl.F_SETLK, record(fcntl.F_RDLCK)),
     lambda: kind_of(fcntl.F_GETLK) != fcntl.F_UNLCK),
    ("lock of a file", lambda: fcntl.fcntl(file, 37, record(fcntl.F_RDLCK)), lambda: kind_of(36) != fcntl.F_UNLCK),
    ("lease", lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK), lambda: None),
    ("watch", lambda: None, lambda: watch >= 0 and libc.inotify_add_watch(watch, ctypes.__file__.encode(), 0x20) >= 0),
]
for _ in range(20):
    for place in places: at(*place)
    time.sleep(0.05)
raise LookupError(f"TOP-SECRET {{met}}" if met else "nobody met at a file")
"""
ATTACKS = [
    Attack("memory_that_is_not_mapped", UNMAPPED, ran="no memory unseen"),
    Attack("locking_one", LOCKING.format(name="one"), ran="nobody met at a file"),
    Attack("locking_two", LOCKING.format(name="two"), ran="nobody met at a file"),
    Attack(
        "rare_sockets",
        """
        import socket
        made = []
        for family in (2, 9, 10, 16, 17, 21, 29, 30, 31, 38, 40, 44):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
                try: made.append((socket.socket(family, kind).family, kind))
                except OSError: pass
        raise LookupError(f"TOP-SECRET {made}" if made else "no rare sockets")
    """,
        ran="no rare sockets",
    ),
    Attack(
        "programs_of_32_bits",
        """
        # The same calls under the other numbers that x86-64 has for them.
        import ctypes, platform
        libc = ctypes.CDLL(None, use_errno=True)
        made = libc.syscall(0x40000000 + 319, b"x", 0) if platform.machine() == "x86_64" else -1
        if platform.machine() == "x86_64":
            import mmap
            # shmget as programs of 32 bits call it: eax = 395; ebx = 0; ecx = 4096; edx = 0o600; int 0x80
            code = bytes.fromhex("53 b88b010000 31db b900100000 ba80010000 cd80 5b c3")
            page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
            page.write(code)
            address = ctypes.addressof(ctypes.c_char.from_buffer(page))
            made = max(made, ctypes.CFUNCTYPE(ctypes.c_int)(address)())
        raise LookupError(f"TOP-SECRET {made}" if made >= 0 else "no other numbers")
    """,
        # Where the kernel has none of these programs, asking is the end of the process.
    ),
]
