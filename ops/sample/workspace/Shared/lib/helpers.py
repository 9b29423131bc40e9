"""Plain Python module, not a notebook: it lacks the first line that makes one."""


def chunked(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]
