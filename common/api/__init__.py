from common.api.pagination import KeysetCursor
from common.api.views import (
    IdempotentPostMixin,
    ScopedListView,
    ScopedReadOnlyViewSet,
    ScopedViewSet,
)

__all__ = ["IdempotentPostMixin", "KeysetCursor", "ScopedListView", "ScopedReadOnlyViewSet", "ScopedViewSet"]
