"""What is taken for what by mistake, and what no exercise asks for: the tables of the mutants' operators."""

import ast

SWAPS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv], ast.Pow: [ast.Mult], ast.MatMult: [ast.Mult], ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd], ast.BitXor: [ast.BitOr], ast.LShift: [ast.RShift], ast.RShift: [ast.LShift],
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.In: [ast.NotIn], ast.NotIn: [ast.In], ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is], ast.And: [ast.Or], ast.Or: [ast.And],
}
BUILT_IN = {"min": "max", "max": "min", "any": "all", "all": "any"}
PAIRS = BUILT_IN | {
    "sum": "mean", "mean": "sum", "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like", "exp": "log", "log": "exp",
    "sin": "cos", "cos": "sin", "floor": "ceil", "ceil": "floor", "round": "floor", "var": "std", "std": "var",
    "cumsum": "cumprod", "cumprod": "cumsum", "prod": "sum", "median": "mean", "hstack": "vstack", "vstack": "hstack",
    "triu": "tril", "tril": "triu", "concatenate": "stack", "stack": "concatenate", "repeat": "tile", "tile": "repeat",
}
# Calls whose value is of the same kind as what they are given, so that they can be forgotten.
FORGETTABLE = {"abs", "sqrt", "square", "exp", "log", "tanh", "copy", "astype", "flip", "sorted", "reversed", "round",
               "floor", "ceil", "cumsum", "clip", "transpose", "ravel", "rot90", "roll", "sort"}
COMMUTATIVE = {"maximum", "minimum", "max", "min", "add", "multiply", "logical_and", "logical_or", "array_equal"}
# These say how a wrong call fails, what is printed, which of the random starts it is, or how many examples are taken at
# once: no exercise asks for that.
UNTOUCHED_KEYWORDS = {"strict", "verbose", "name", "seed", "batch_size"}
UNTOUCHED_CALLS = {"set_random_seed"}
# Mistakes in these are no mistakes of mathematics: a container, a truth value or a text has no sign.
UNSIGNED = (ast.Compare, ast.BoolOp, ast.Tuple, ast.List, ast.Dict, ast.Lambda, ast.JoinedStr, ast.UnaryOp,
            ast.Constant, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.IfExp)
COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
