"""Watching a sandbox from outside, where what runs in it could end its own supervisor."""

import os
import threading

from course_lib.grading.watching import Tree, Watch


class Lookout(threading.Thread):
    """Calls ``end`` when all that runs in a sandbox takes too much from now on; ``why`` says what, or is "".

    process: the sandbox's first, which is not looked at   memory: in bytes   processor: in seconds
    """

    def __init__(self, process, memory, processor, end):
        super().__init__(daemon=True)
        self.why, self._end, self._over = "", end, threading.Event()
        self._processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        tree = Tree(process, self._processes, guard=True)
        tree.look()
        self.sees = bool(tree.own)
        self._watch = Watch(tree, memory, tree.processor + processor)

    def run(self):
        """Look until ``leave`` is called."""
        while not (self.why or self._over.wait(self._watch.pause)):
            self.why = self._watch.too_much()
        os.close(self._processes)
        if self.why:
            self._end()

    def leave(self):
        """Look no more."""
        self._over.set()
        if not self.ident:
            os.close(self._processes)
