"""What students' code may not ask of the kernel: a seccomp filter, which stays for a process and all that it starts.

Refused is what takes memory that no process is seen to have (segments, nameless files, memory shared with nobody, pages
kept in pipes), what two sandboxes could meet by (locks and watches on the files that all of them read, keys), and what
no notebook needs and has often been a way out (io_uring, BPF, user namespaces, all sockets but those of UNIX).

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import struct
import sys

# The numbers of system calls on (x86-64, ARM 64); None where there is no such call.
CALLS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "cachestat": (451, 451),
    "clone3": (435, 435),
    "fanotify_init": (300, 262),
    "flock": (73, 32),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mincore": (27, 232),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "preadv2": (327, 286),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vmsplice": (278, 75),
}
CLONE, FCNTL, MMAP, SOCKET = (56, 220), (72, 25), (9, 222), (41, 198)
# Flags of `clone` that make namespaces.
NAMESPACES = 0x7E020080
# Locks, leases and watches of `fcntl`.
LOCKS = (5, 6, 7, 36, 37, 38, 1024, 1025, 1026)
# Flags of `mmap`, both of which has memory that can be kept without being mapped.
SHARED_ANONYMOUS = 0x21
# UNIX: there is no network.
SOCKETS = (1,)
# By the machine's name: which column of the numbers, and the kernel's word for it.
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# The calls of a second table that x86-64 has for programs with short pointers begin here.
SHORT_POINTERS = 0x40000000

LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
ALLOWED, REFUSED = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, MODE_FILTER = 22, 2


def program(machine):
    """The filter for a machine ("x86_64" or "aarch64"), compiled: instructions of 8 bytes, as the kernel takes them.

    A call that is refused fails: as one that this kernel has not, so that libraries take another way, or, where its
    arguments decide, as one that is not permitted.
    """
    column, word = MACHINES[machine]
    missing, forbidden = _step(RETURN, REFUSED | errno.ENOSYS), _step(RETURN, REFUSED | errno.EPERM)
    steps = [_step(LOAD, MACHINE), _step(EQUAL, word, 1, 0), missing]
    steps += [_step(LOAD, NUMBER), _step(AT_LEAST, SHORT_POINTERS, 0, 1), missing]
    for number in (numbers[column] for numbers in CALLS.values()):
        steps += [_step(EQUAL, number, 0, 1), missing] if number is not None else []
    allowed = _step(RETURN, ALLOWED)
    for numbers, tests in {
        CLONE: [_argument(0), _step(ANY_BIT, NAMESPACES, 0, 1), forbidden, allowed],
        FCNTL: [_argument(1), *_one_of(LOCKS, forbidden), allowed],
        MMAP: [_argument(3), _step(AND, SHARED_ANONYMOUS), *_one_of([SHARED_ANONYMOUS], forbidden), allowed],
        SOCKET: [_argument(0), *_one_of(SOCKETS, allowed), forbidden],
    }.items():
        steps += [_step(EQUAL, numbers[column], 0, len(tests)), *tests]
    return b"".join([*steps, allowed])


def _step(code, value, if_so=0, if_not=0):
    """One instruction: what to do, with which value, and how many instructions to leave out after a comparison."""
    return struct.pack("=HBBI", code, if_so, if_not, value)


def _argument(index):
    """Load the lower half of an argument: all that flags and commands are."""
    return _step(LOAD, ARGUMENTS + 8 * index)


def _one_of(values, then):
    return [step for value in values for step in (_step(EQUAL, value, 0, 1), then)]


def why_not():
    """None where students' code can be kept from these calls, else one sentence."""
    if sys.platform != "linux" or os.uname().machine not in MACHINES:
        return "the system calls of this machine are not known, so none of them is refused."
    return None


def refuse():
    """Put the filter on this process, for good. Raises ``OSError``. It may gain no privileges from now on."""
    compiled = program(os.uname().machine)
    held = ctypes.create_string_buffer(compiled, len(compiled))
    # struct sock_fprog: how many instructions, and where they are.
    described = ctypes.create_string_buffer(struct.pack("@HP", len(compiled) // 8, ctypes.addressof(held)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(described), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no filter of system calls")
