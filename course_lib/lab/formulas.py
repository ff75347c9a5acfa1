"""Formulas in a notebook that nbconvert makes a web page of: MathML, which browsers draw and read out by themselves.

nbconvert leaves them to a script that each page would have to fetch from the network. ``nbconvert.json`` puts this in.
"""

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.utils.base import NbConvertBase


class Renderer(IPythonRenderer):
    """nbconvert's own, but for formulas."""

    def block_math(self, body):
        return _mathml(body, "block") or super().block_math(body)

    def inline_math(self, body):
        return _mathml(body, "inline") or super().inline_math(body)

    def latex_environment(self, name, body):
        whole = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return _mathml(whole, "block") or super().latex_environment(name, body)


class Markdown(NbConvertBase):
    """nbconvert's filter ``markdown2html``, with that renderer and the exporter's other settings."""

    def __init__(self, **traits):
        super().__init__(**traits)
        # jinja2 looks for this mark on what it calls.
        pass_context(self)

    def __call__(self, context, source):
        exporter, resources = self.parent, context.get("resources", {})
        renderer = Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            path=resources.get("metadata", {}).get("path", ""),
            embed_images=exporter.embed_images,
            anchor_link_text=exporter.anchor_link_text,
            exclude_anchor_links=exporter.exclude_anchor_links,
            **exporter.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


def _mathml(formula, display):
    """The formula as MathML; "" where it is not known how, and is left to nbconvert's way."""
    try:
        return convert(formula, display=display)
    except Exception:
        return ""
