"""Formulas as learners type them, good and bad, and their graphs."""

from course_lib.backpropagation import graph
from course_lib.formulas import evaluated, names_in, parsed

FORMULAS = [
    "a * b + a",
    "a - b",
    "a / b",
    "-a * b",
    "+a",
    "a - -2",
    "a ** 2 + b ** -1.5",
    "(a + b) * (a - b) / 2",
    "1 / a",
    "2 - a",
    "sin(a) * cos(b)",
    "relu(a - b) + relu(b - a)",
    "exp(-a) + log(b)",
    "tanh(a * b) - sigmoid(a)",
    "a * a * a",
]

# A text, and what the sentence about it must say.
UNREADABLE = {
    "": "Type a formula",
    "   ": "Type a formula",
    "2x": "2 \\* x, not 2x",
    "a +": "is no formula",
    "(a": "is no formula",
    "a = 2": "is no formula",
    "a; b": "is no formula",
    "a\x00": "is no formula",
    "x" * 121: "121 characters, and 120",
    "9**9**9": "1 to 6 names",
    "3": "1 to 6 names",
    "a+b+c+d+e+f+g": "this one has 7",
    "learning": "learning is too long",
    "tanh": "tanh is a function",
    "a * exp": "exp is a function",
    "x**9**9": "power must be a plain number",
    "x**x": "plain number",
    "x**1e400": "plain number",
    "x / 0": "division by 0",
    "x / (x - x)": "division by 0",
    "log(-x)": "above 0",
    "log(0 * x)": "above 0",
    "(-x)**0.5": "whole number where the base is negative",
    "(x - x)**-1": "power must be",
    "exp(x * 1000)": "too large to compute",
    "exp(exp(exp(x)))": "too large to compute",
    "x**1000 * x**1000": "too large to compute",
    "x * 1e300": "number in this formula is too large",
    "1e999 * x": "too large",
    "foo(x)": "no function foo",
    "x ^ 2": "write x \\*\\* 2",
    "tanh(x, x)": "tanh takes one argument",
    "tanh()": "1 to 6 names",
    "tanh(x=x)": "one argument",
    "x.real": "cannot be used",
    "x[0]": "cannot be used",
    "[x]": "cannot be used",
    "lambda: x": "cannot be used",
    "x if x else x": "cannot be used",
    "x < x": "cannot be used",
    "x and x": "cannot be used",
    "True * x": "cannot be used",
    "'x' * x": "cannot be used",
    "1j * x": "cannot be used",
    "x // 2": "cannot be used",
    "x % 2": "cannot be used",
    "x @ x": "cannot be used",
    "~x": "cannot be used",
    "not x": "cannot be used",
    "(y := x)": "cannot be used",
    "x.__class__": "cannot be used",
    "__import__('os').system('x') + x": "cannot be used",
    "exec(x)": "no function exec",
    "f'{x}'": "cannot be used",
    "*x": "formula",
    "(x, x)": "cannot be used",
    "{x: x}": "cannot be used",
    "+".join("x" * 20): "39 boxes|too deep",
    "-" * 100 + "x": "101 boxes",
    "tanh(" * 9 + "x" + ")" * 9: "9 operations in a row, and 8",
}

LARGEST = "tanh(a * b + c) * (a - b) / (1 + exp(-c * a)) + relu(b * d)"


def graph_of(text, **values):
    tree = parsed(text)
    return graph(evaluated(tree, dict.fromkeys(names_in(tree), 0.5) | values))
