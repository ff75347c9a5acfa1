"""Chapter 15's verdicts are the same where NumPy raises what it would warn of, and warnings are errors."""

import warnings

import numpy as np

from course_lib.checks import production as check
from tests.checks.test_production_slips import WRONG
from tests.checks.test_production_verdicts import RIGHT


def verdicts():
    """[(what was answered, status, message)] of all that the two modules have tried."""
    tried = [(name, answer) for name, answers in RIGHT.items() for answer in answers.values()]
    tried += [(name, answer) for name, answers in WRONG.items() for _, answer in answers]
    found = [(name, getattr(check, name).run(answer, 0)) for name, answer in tried]
    return [(name, verdict.status, verdict.message) for name, verdict in found]


def test_verdicts_do_not_hang_on_numpys_state():
    usual = verdicts()
    assert {status for _, status, _ in usual} == {"correct", "not yet"}
    with np.errstate(all="raise"), np.printoptions(precision=1), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verdicts() == usual
