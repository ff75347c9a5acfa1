"""A canary: a new model answers a small share of the requests until it is clear whether it errs more than the old."""

import math


class Canary:
    """Two models, and what has been heard of their answers so far.

    share: of the requests, the new model's   limit: how many standard errors apart is clear
    least, most: judged answers of the new model before the first verdict, and at the last
    """

    def __init__(self, share=0.2, limit=3.0, least=20, most=200):
        self.share, self.limit, self.least, self.most = share, limit, least, most
        self.judged, self.wrong = {"old": 0, "new": 0}, {"old": 0, "new": 0}
        self.verdict = "wait"

    def serves(self, number):
        """Which of the two answers the request of this number: "old" or "new"."""
        if self.verdict != "wait":
            return "new" if self.verdict == "promote" else "old"
        return "new" if math.floor((number + 1) * self.share) > math.floor(number * self.share) else "old"

    def hear(self, which, was_wrong):
        """The truth about one answer has come. Returns the verdict: "wait", "promote" or "roll back"."""
        self.judged[which] += 1
        self.wrong[which] += bool(was_wrong)
        if self.verdict == "wait" and self.judged["new"] >= self.least and self.judged["old"]:
            if self.apart() > self.limit:
                self.verdict = "roll back"
            elif self.judged["new"] >= self.most:
                self.verdict = "promote"
        return self.verdict

    def apart(self):
        """z: how many standard errors the new model's share of wrong answers lies above the old one's."""
        old, new = (self.wrong[which] / self.judged[which] for which in ("old", "new"))
        pooled = sum(self.wrong.values()) / sum(self.judged.values())
        error = math.sqrt(pooled * (1 - pooled) * sum(1 / n for n in self.judged.values()))
        return (new - old) / error if error else 0.0
