"""Panels that come through a hook (common.hooks.Panel)."""

from django import template
from django.template.loader import get_template
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def render_panel(context, panel):
    """The card of one panel: its own template with its own context, and the request's."""
    body = get_template(panel.template).render(panel.context, context.get("request"))
    card = get_template("components/panel.html")
    return card.render({"title": panel.title, "anchor": panel.anchor, "flush": panel.flush, "body": mark_safe(body)})
