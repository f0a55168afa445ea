"""What every page needs: navigation, the demonstration banner, the theme, the reference number."""

from django.conf import settings

from common.hooks import NAV_ITEMS

THEMES = ("auto", "light", "dark")


def page(request):
    """Context of base.html; no query."""
    actor = getattr(request, "actor", None)
    theme = request.COOKIES.get("theme", "auto")
    return {
        "actor": actor,
        "nav_items": _nav(request, actor) if actor else [],
        "synthetic_data": settings.SYNTHETIC_DATA_BANNER,
        "theme": theme if theme in THEMES else "auto",
        "request_id": getattr(request, "request_id", ""),
        "version": settings.VERSION,
    }


def _nav(request, actor):
    items = [item for registration in NAV_ITEMS for item in registration.answer(actor)]
    current = max((item.url for item in items if request.path.startswith(item.url)), key=len, default="")
    return [
        {"label": item.label, "url": item.url, "active": item.url == current, "count": item.count} for item in items
    ]
