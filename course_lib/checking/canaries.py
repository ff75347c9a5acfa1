"""A new model beside an old one, on made-up traffic: what a decision is asked, and what to say of bad ones."""

import numpy as np

from course_lib.checking.answers import NotYet, function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions
from course_lib.checking.words import shown_value

# Requests of each model between two looks, and looks at a canary; how many canaries of each kind there are.
EACH, LOOKS = 100, 20
AS_GOOD, WORSE, BROKEN = 60, 24, 8
MOST_ALARMS, MOST_MISSED, GONE_BY, MEAN_BY = 6, 2, 300, 1000
DECISIONS = {"wait": "wait", "promote": "promote", "rollback": "roll back"}
NO_NAME = 'Return one of the three texts "wait", "promote" and "roll back".'
NOBODY = "Where nobody failed the standard error is 0. Do not divide by it: compare b − a with 3 of it."
NO_MORE = 'With left == 0 there is no other look: "promote" or "roll back".'
ALL_PROMOTED = "No new model was ever rolled back. Compare its errors with the old one's."
ALL_BACK = "No new model was ever promoted. One that is as good as the old one has to come through."
OBVIOUS = "Where more than half of the requests fail, even 100 of them are proof. Do not wait for more."
EARLY = "A worse model looks as good by luck, as long as there are few requests. Wait before you promote."
BLIND = (
    "A worse model is missed in the end. Is its limit too high, or is it one for differences, whatever their spread?"
)
UNLUCKY = (
    "A difference alone proves nothing, and each look is another chance to be unlucky: compare it with its standard "
    "error, and ask for about 3 of these in place of 1.645."
)
LATE = "Roll back as soon as it is clear enough, not only at the last look: until then the users suffer."


def trial_by_canaries(*hints, points, mistakes):
    """A check for a function of (old_errors, new_errors, requests, left) that decides: decorates a right one."""

    def decorate(right):
        def judge(trial):
            # A fixed case, which is shown to all: a hidden trial asks for none of them again.
            if not trial.hidden:
                _bears_no_errors(trial)
            seen = [(kind, *_watched(trial, *rates)) for kind, *rates in _canaries(trial.rng)]
            for holds, said, hint in _verdicts(seen):
                trial.require(holds, said, hint)

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def _bears_no_errors(trial):
    """Of two models whose first requests all went well it decides something, and raises nothing."""
    try:
        trial.ask(0, 0, EACH, LOOKS - 1)
    except NotYet as reason:
        if "ZeroDivisionError" in str(reason) or "math domain" in str(reason):
            reason.parts["hint"] = NOBODY
        raise


def _canaries(rng):
    """[(kind, share of errors of the old model, of the new one), …] in any order."""
    old = rng.uniform(0.04, 0.2, AS_GOOD + WORSE + BROKEN)
    kinds = np.repeat(["as good", "worse", "broken"], [AS_GOOD, WORSE, BROKEN])
    new = np.select(
        [kinds == "as good", kinds == "worse"],
        [old, 1.6 * old + 0.02],
        rng.uniform(0.6, 0.9, len(old)),
    )
    return [(str(kinds[i]), old[i], new[i]) for i in rng.permutation(len(old))]


def _watched(trial, *rates):
    """(decision, requests of each until then) for two models with these shares of errors."""
    errors = np.cumsum(trial.rng.binomial(EACH, rates, (LOOKS, 2)), axis=0)
    for look, (old, new) in enumerate(errors.tolist(), start=1):
        args = old, new, look * EACH, LOOKS - look
        said = trial.ask(*args)
        decision = DECISIONS.get("".join(filter(str.isalpha, said)).lower()) if isinstance(said, str) else None
        if not decision:
            trial.require(False, f"It said {shown_value(said)}.", NO_NAME)
        if decision != "wait":
            return decision, look * EACH
    return trial.require(False, "At the last look it still said 'wait'.", NO_MORE)


def _verdicts(seen):
    """(whether it holds, what was found, hint), from what is plainest on. seen: [(kind, decision, requests), …]"""

    def those(kind, decision):
        return [requests for one, said, requests in seen if (one, said) == (kind, decision)]

    decisions = {decision for _, decision, _ in seen}
    yield "roll back" in decisions, f"All {len(seen)} new models were promoted.", ALL_PROMOTED
    yield "promote" in decisions, f"All {len(seen)} new models were rolled back.", ALL_BACK
    gone = sum(requests <= GONE_BY for requests in those("broken", "roll back"))
    said = f"Of {BROKEN} new models that fail most of the time, {gone} were rolled back within {GONE_BY} requests."
    yield gone == BROKEN, said, OBVIOUS
    missed = those("worse", "promote")
    hint = EARLY if missed and np.mean(missed) < EACH * LOOKS / 2 else BLIND
    said = f"Of {WORSE} new models that are worse, {len(missed)} were promoted; {MOST_MISSED} may be."
    yield len(missed) <= MOST_MISSED, said, hint
    alarms = len(those("as good", "roll back"))
    said = f"Of {AS_GOOD} new models that are just as good, {alarms} were rolled back; {MOST_ALARMS} may be."
    yield alarms <= MOST_ALARMS, said, UNLUCKY
    mean = np.mean(those("worse", "roll back"))
    said = f"Worse models had answered {mean:,.0f} requests when they were rolled back; {MEAN_BY:,} may be, on average."
    yield mean <= MEAN_BY, said, LATE


WRONG_CANARIES = {
    NO_NAME: lambda old_errors, new_errors, requests, left: "perhaps",
    NOBODY: "if b - a > 3 * error → if (b - a) / error > 3",
    NO_MORE: lambda old_errors, new_errors, requests, left: "wait",
    ALL_PROMOTED: 'return "roll back" → return "promote"',
    ALL_BACK: 'else "promote" → else "roll back"',
    OBVIOUS: "if b → if left < 15 and b",
    EARLY: '"wait" if left → "wait" if b - a > error and left',
    BLIND: "> 3 * error → > 0.2",
    UNLUCKY: "> 3 * → > 1 *",
    LATE: "if b → if (b > 0.55 or left < 4) and b",
}
