"""Silence for libraries that write log lines as they are imported."""

import contextlib
import logging
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet():
    """Keep what is written to the process's error stream away from the reader: ``with quiet(): import keras``.

    TensorFlow's C++ side writes to file descriptor 2 before it reads any setting, so Python's own
    ``redirect_stderr`` cannot catch it. If the block fails, what was held back is written after all.
    """
    # Read by TensorFlow once its own log is set up; 2 would still let it report that it found no GPU as an error.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            # Part of a line may still wait in Python's own buffer.
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            # What TensorFlow warns of later (that a loop builds many models, say) is no concern of a reader's.
            logging.getLogger("tensorflow").setLevel(logging.ERROR)
