"""A trial: one answer, asked for values and compared with what was wanted."""

import pickle

import numpy as np

from course_lib.checking.answers import ChangedInput, NotYet, ReturnedNone, is_stub
from course_lib.checking.comparing import Nearness, first_difference
from course_lib.checking.explaining import Compared, Raised, explanation
from course_lib.checking.words import shown_call, shown_error, shown_pair

HIDDEN_CASE = "A case that the notebook does not show"
NOT_RAISED = NotYet, ChangedInput, ReturnedNone


def itself(value):
    """The value as it is."""
    return value


class Trial:
    """One answer on trial: ``ask`` it for values, ``expect`` some of it, ``rng`` to make up cases.

    Of a ``hidden`` trial's cases the reasons tell neither what was asked nor what was wanted or got. Cases in
    ``asked``, which an earlier trial has filled, are not hidden, and not asked again.
    """

    def __init__(self, name, answer, rng, mistakes=None, call=None, hidden=False, asked=None):
        self.name, self.rng, self.hidden = name, rng, hidden
        self._asked = set() if asked is None else asked
        self.cases = 0
        self._answer = answer
        self._mistakes = mistakes or {}
        self._call = lambda args: (call or shown_call)(name, args)
        self._compared = []

    def ask(self, *args):
        """The answer's value for ``args``. ``NotYet`` if it raises, returns nothing or changes what it was given."""
        try:
            return self._answer(*args)
        except (NotYet, KeyboardInterrupt):
            raise
        except ChangedInput as error:
            raise self._wrong(args, "changed the data it was given. Work on a copy: it is the caller's.") from error
        except ReturnedNone as error:
            also = " It printed something: printing shows a value, returning hands it on." if error.printed else ""
            raise self._wrong(args, f"returned None. End the function with return.{also}") from error
        except BaseException as error:
            if is_stub(error):
                raise
            raise self._wrong(args, f"raised {shown_error(error)}", "raised an exception") from error

    def built(self, *args):
        """What ``model_answer`` says of the model that the answer builds of ``args``."""
        return self.ask("build", *args)

    def predicted(self, x, columns, rows, what):
        """What the model built last makes of x. ``NotYet`` if it is not (len(x), columns): ``what`` says what of."""
        outputs, wanted = self.ask("predict", x), (len(x), columns)
        said = f"For {len(x):,} {rows} its output has the shape {outputs.shape}; {wanted} was wanted{what}"
        self.require(outputs.shape == wanted, said)
        return outputs

    def finite(self, outputs):
        """``NotYet`` where what a model gave is not finite."""
        hint = "A smaller learning rate may help."
        self.require(np.isfinite(outputs).all(), "Its output contains NaN or infinity.", hint)

    def _wrong(self, args, what, briefly=None):
        shown = NotYet(what, self._call(args))
        return self._hidden(shown, briefly or what) if self.hidden else shown

    @staticmethod
    def _hidden(shown, what, hint=""):
        """In place of a reason, what may be told of it: neither what was asked, nor what was wanted or got."""
        reason = NotYet(what, HIDDEN_CASE, hint=hint)
        reason.in_full = str(shown)
        return reason

    def is_to_ask(self, args):
        """Whether this case is still to be asked."""
        # Made of the check's own cases, to compare them, and never read.
        key = pickle.dumps(args)
        known = self.hidden and key in self._asked
        self._asked.add(key)
        return not known

    def expect(self, wanted, *args, rtol=1e-6, atol=1e-9, decimals=None, of=itself, tell=True):
        """Ask for one value and compare. The first difference is reported by ``close``, when all cases are known.

        ``of`` takes from the value what is compared (it may raise ``NotYet``); ``tell`` shows what was wanted.
        """
        try:
            got = of(self.ask(*args))
        except NotYet as reason:
            seen = self._compared
            self.close()
            if isinstance(reason.__cause__, Exception) and not isinstance(reason.__cause__, NOT_RAISED):
                reason.parts["hint"] = explanation(self._mistakes, [*seen, Raised(args, reason.__cause__)])
            raise
        self.cases += 1
        near = Nearness(rtol, atol, decimals)
        self._compared.append(Compared(args, wanted, got, first_difference(wanted, got, near), of, tell, near))

    def require(self, holds, message, hint=""):
        """One case that is a condition rather than a value. ``message`` says what was found, ``hint`` what to try."""
        self.cases += 1
        if not holds:
            raise NotYet(message, hint=hint)

    def close(self):
        """Raise ``NotYet`` for the first difference, with the hint for the mistake that explains the answer."""
        first = next((one for one in self._compared if one.found), None)
        if not first:
            self._compared = []
            return
        hint = explanation(self._mistakes, self._compared)
        wanted, got = shown_pair(first.wanted, first.got, first.found)
        shown = NotYet(first.found.text, self._call(first.args), wanted if first.tell else "", got, hint)
        raise self._hidden(shown, "came out wrong.", hint) if self.hidden else shown
