"""What one submission may use."""

from dataclasses import dataclass

GIB, MIB = 1 << 30, 1 << 20
DISK = 64 * MIB


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Sizes are in bytes, ``cpu`` is in seconds of the processor."""

    cpu: int
    memory: int
    address_space: int
    processes: int
    disk: int = DISK
    file: int = 32 * MIB
    open_files: int = 256

    @classmethod
    def for_exercise(cls, keras, seconds):
        """TensorFlow needs 3 GiB of addresses to begin with, and threads, which count as processes."""
        if keras:
            return cls(seconds, 3 * GIB, 16 * GIB, 128)
        return cls(seconds, 1 * GIB, 2 * GIB, 64)

    @property
    def resources(self):
        """The limits by the names that the ``resource`` module has for them."""
        return {
            "RLIMIT_AS": self.address_space,
            "RLIMIT_CPU": self.cpu,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_FSIZE": self.file,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }
