"""What a student's process and all that it started use together: of memory and of the processor, read from /proc."""

import contextlib
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")
# What a socket of the UNIX family can hold of what was sent and not read: the largest buffer that Linux lets it have.
SOCKET = 425_984
# By how much processes may have waited for a processor, as a share of the time, and still have had their time.
WAITED = 0.1
# Seconds between two looks; after one that took long it is so many times as long, but no longer than this.
PAUSE, RARELY, LONGEST = 0.1, 5, 1.0


class Tree:
    """The processes below one, and that one too unless it is a ``guard``, which has no need of being watched.

    processes: an open folder, which is the machine's /proc or shows at least these
    apart: whether they have a network, and so sockets, of their own
    """

    def __init__(self, root, processes, guard=False, apart=True):
        self._root, self._processes, self._guard, self._apart = root, processes, guard, apart
        self._started = time.monotonic()
        # {(process, its start): ticks of the processor}, also of those that have ended.
        self._ticks = {}
        # In seconds, of the processor; and how many processes were seen at once.
        self.processor, self.most = 0.0, 0
        self.own = []

    def look(self):
        """Find the processes that are there now, and what they have taken of the processor."""
        stats = {}
        for name in filter(str.isdigit, os.listdir(self._processes)):
            with contextlib.suppress(OSError, IndexError):
                stats[int(name)] = self._text(f"{name}/stat").rpartition(")")[2].split()
        below = {}
        for process, stat in stats.items():
            below.setdefault(int(stat[1]), []).append(process)
        self.own, waiting = [], [self._root] if not self._guard else below.get(self._root, [])
        while waiting:
            process = waiting.pop()
            if process in stats:
                self.own.append(process)
                waiting += below.get(process, [])
        self.most = max(self.most, len(self.own))
        together = 0
        for process in self.own:
            user, system, user_of_ended, system_of_ended = map(int, stats[process][11:15])
            self._ticks[process, stats[process][19]] = user + system
            together += user + system + user_of_ended + system_of_ended
        # Neither sum has all: who has ended may not have been seen, and may not have been waited for.
        self.processor = max(self.processor, max(together, sum(self._ticks.values())) / TICKS)

    def bytes_held(self, most):
        """Bytes: what is shared is counted once where that decides whether there are more than ``most``."""
        sockets = SOCKET * self._sockets()
        seen = sockets + sum(map(self._resident, self.own))
        if seen <= most:
            return seen
        seen = sockets
        for process in self.own:
            # To look at each takes long, and may be made to take longer.
            if seen <= most:
                seen += self._proportional(process)
        return seen

    def has_waited(self):
        """Whether these processes may have lacked the processor, so that their time says nothing of them."""
        # The waiting of those that have ended is not known.
        if self.most != 1 or len(self.own) != 1:
            return True
        with contextlib.suppress(OSError, IndexError, ValueError):
            tasks = f"{self.own[0]}/task"
            threads = self._names(tasks)
            times = [list(map(int, self._text(f"{tasks}/{thread}/schedstat").split())) for thread in threads]
            ran, waited = (sum(one[i] for one in times) / 1e9 for i in (0, 1))
            return not ran or waited > WAITED * (time.monotonic() - self._started)
        return True

    def _resident(self, process):
        """What the kernel says of any process, whether it likes that or not. What is shared is counted for each."""
        return self._sum(f"{process}/status", ("RssAnon", "RssShmem", "VmSwap", "VmPTE"))

    def _proportional(self, process):
        """What is shared is divided among those who share it, as a pool of workers does what was there before it."""
        shares = self._sum(f"{process}/smaps_rollup", ("Pss_Anon", "Pss_Shmem", "SwapPss"))
        # Who hides it is taken at the other number.
        return shares + self._sum(f"{process}/status", ("VmPTE",)) if shares else self._resident(process)

    def _sockets(self):
        # Where they have a namespace of networks, there are theirs alone.
        with contextlib.suppress(OSError):
            return self._text(f"{self.own[-1]}/net/unix").count("\n") - 1 if self._apart and self.own else 0
        return 0

    def _sum(self, path, names):
        with contextlib.suppress(OSError):
            lines = dict(line.split(":", 1) for line in self._text(path).splitlines() if ":" in line)
            return 1024 * sum(int(lines[name].split()[0]) for name in names if name in lines)
        return 0

    def _names(self, path):
        folder = os.open(path, os.O_RDONLY, dir_fd=self._processes)
        try:
            return os.listdir(folder)
        finally:
            os.close(folder)

    def _text(self, path):
        with open(os.open(path, os.O_RDONLY, dir_fd=self._processes)) as file:
            return file.read()


class Group:
    """A control group, where there is one: what its processes take of the processor is counted by the kernel itself,
    however short they live. entrance, statistics: open files, its ``cgroup.procs`` and its ``cpu.stat``
    """

    def __init__(self, entrance=None, statistics=None):
        self._entrance, self._statistics = entrance, statistics

    def enter(self):
        """Put this process into it. Kernels before 5.17 may not let a sandbox do so; then it stays empty."""
        if self._entrance is not None:
            with contextlib.suppress(OSError):
                os.write(self._entrance, b"0")

    def spent(self):
        """Seconds of the processor."""
        if self._statistics is None:
            return 0.0
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(os.pread(self._statistics, 1000, 0).partition(b"usage_usec ")[2].split()[0]) / 1e6
        return 0.0


class Watch:
    """Looks at a ``Tree`` from time to time, and says when it has taken too much.

    memory: in bytes   processor: in seconds   group: a ``Group``
    """

    def __init__(self, tree, memory, processor, group=None):
        self.tree, self._memory, self._processor, self._group = tree, memory, processor, group or Group()
        # Until the next look.
        self.pause = PAUSE

    def too_much(self):
        """What was too much, in words, or ""."""
        start = time.monotonic()
        self.tree.look()
        memory = self.tree.bytes_held(self._memory)
        self.pause = min(max(PAUSE, RARELY * (time.monotonic() - start)), LONGEST)
        if memory > self._memory:
            return "used more memory than is allowed"
        return "used more processor time than is allowed" if self._spent() > self._processor else ""

    @property
    def has_nearly_used_its_time(self):
        return self._spent() > self._processor - 1

    def _spent(self):
        return max(self.tree.processor, self._group.spent())
