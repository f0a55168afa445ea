"""Lists as people keep them: `page` shows one, `actions` saves filters and chosen columns, `pages` are the forms."""
