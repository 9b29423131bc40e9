"""Walks every method of the installed databricks-sdk against a node and says which of them it answers.

A method's request is made by calling it with invented arguments and catching what would be sent; that request then goes to
the node. What the answer is tells the class:

  implemented   the node does what the method says
  stored only   the node keeps and gives back the documents that the method is about, and runs nothing
  501           the method would run something: refused, with a message that says so
  missing       no such route
"""

import argparse
import dataclasses
import datetime
import enum
import inspect
import json
import sys
import typing
import urllib.parse
import urllib.request

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

# Services whose objects live here rather than being descriptions of something that runs elsewhere.
LIVE = {
    "workspace", "files", "dbfs", "secrets", "tokens", "token_management", "users", "users_v2", "groups", "groups_v2",
    "service_principals", "service_principals_v2", "current_user", "permissions", "workspace_conf",
}

# The services that the mirror aims at, and what they are called in the summary.
AREAS = {
    "workspace": ["workspace", "repos", "git_credentials", "secrets"],
    "files": ["files", "dbfs"],
    "jobs": ["jobs", "policy_compliance_for_jobs"],
    "clusters": ["clusters", "cluster_policies", "instance_pools", "instance_profiles", "global_init_scripts", "libraries",
                 "command_execution", "policy_families"],
    "SQL objects": ["warehouses", "queries", "alerts", "alerts_v2", "query_visualizations", "query_history",
                    "statement_execution", "lakeview", "dashboards", "queries_legacy", "alerts_legacy", "data_sources"],
    "identity": ["users", "users_v2", "groups", "groups_v2", "service_principals", "service_principals_v2",
                 "current_user", "permissions", "tokens", "token_management", "workspace_conf", "ip_access_lists"],
    "pipelines": ["pipelines"],
}


# Arguments that are no plain texts: names of resources that say where they stand.
ARGUMENTS = {("warehouses", "name"): "default-warehouse-overrides/1"}


class Captured(Exception):
    """Carries what a method was about to send."""


def value_for(name, annotation, depth=0):
    """An argument that a method of this signature takes."""
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        choices = [a for a in typing.get_args(annotation) if a is not type(None)]
        return value_for(name, choices[0], depth) if choices else None
    if origin in (list, typing.List):
        return []
    if origin in (dict, typing.Dict):
        return {}
    if annotation in (str, "str"):
        return "/Volumes/a/b/c/d" if "path" in name else "1"
    if annotation in (int, "int"):
        return 1
    if annotation in (float, "float"):
        return 1.0
    if annotation in (bool, "bool"):
        return False
    if inspect.isclass(annotation):
        if issubclass(annotation, enum.Enum):
            return next(iter(annotation))
        if dataclasses.is_dataclass(annotation) and depth < 4:
            fields = {}
            hints = typing.get_type_hints(annotation)
            for field in dataclasses.fields(annotation):
                if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                    fields[field.name] = value_for(field.name, hints[field.name], depth + 1)
            return annotation(**fields)
        if issubclass(annotation, datetime.timedelta):
            return datetime.timedelta(seconds=1)
        try:
            return annotation()
        except Exception:
            return None
    return None


def request_of(client, name, method):
    """The request that a method of the service `name` sends first: (HTTP method, path, query, body), or None when it sends none."""
    sent = {}

    def do(verb, path=None, url=None, query=None, headers=None, body=None, **_):
        sent.update(verb=verb, path=path or url, query=query, body=body)
        raise Captured()

    original = client.api_client.do
    client.api_client.do = do
    try:
        signature = inspect.signature(method)
        try:
            hints = typing.get_type_hints(method)
        except Exception:
            hints = {}
        arguments = {}
        for parameter in signature.parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if parameter.default is inspect.Parameter.empty:
                invented = value_for(parameter.name, hints.get(parameter.name, str))
                arguments[parameter.name] = ARGUMENTS.get((name, parameter.name), invented)
        result = method(**arguments)
        if inspect.isgenerator(result) or hasattr(result, "__next__"):
            next(result, None)
    except Captured:
        pass
    except Exception as error:
        sent.setdefault("error", f"{type(error).__name__}: {error}")
    finally:
        client.api_client.do = original
    return sent


def services(client):
    """Each service of a workspace client, with the methods that its generated class declares."""
    for name in sorted(n for n in dir(client) if not n.startswith("_")):
        try:
            service = getattr(client, name)
        except Exception:
            continue
        generated = [c for c in type(service).__mro__ if c.__module__.startswith("databricks.sdk.service.")]
        if not generated:
            continue
        names = set()
        for cls in generated:
            for key, member in vars(cls).items():
                if not key.startswith("_") and inspect.isfunction(member) and not key.startswith("wait_"):
                    names.add(key)
        # What waits for the plain method is that method.
        names = {n for n in names if not (n.endswith("_and_wait") and n[:-9] in names)}
        yield name, service, sorted(names)


def answer(host, token, sent):
    """(status, error code) of the node's answer to a request."""
    query = urllib.parse.urlencode(
        {k: v for k, v in (sent.get("query") or {}).items() if not isinstance(v, (dict, list))}
    )
    url = host + urllib.parse.quote(sent["path"], safe="/%:") + (f"?{query}" if query else "")
    data = json.dumps(sent["body"], default=str).encode() if sent.get("body") is not None else None
    request = urllib.request.Request(url, data=data, method=sent["verb"])
    request.add_header("Authorization", f"Bearer {token}")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        try:
            return error.code, json.loads(error.read()).get("error_code")
        except Exception:
            return error.code, None


def classify(name, status, code):
    if status == 501:
        return "501"
    if code == "ENDPOINT_NOT_FOUND" or status == 405:
        return "missing"
    if status >= 500:
        return "broken"
    return "implemented" if name in LIVE else "stored only"


CLASSES = ["implemented", "stored only", "501", "missing", "broken"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--all", action="store_true", help="every service, and each method that is missing")
    parser.add_argument("--markdown", action="store_true", help="the summary as a table for README.md")
    options = parser.parse_args()
    client = WorkspaceClient(config=Config(host=options.host, token=options.token))
    rows, methods = {}, []
    for name, service, names in services(client):
        counts = dict.fromkeys(CLASSES, 0)
        for method in names:
            sent = request_of(client, name, getattr(service, method))
            # Some methods go to another host than the workspace.
            if "verb" not in sent or not (sent["path"] or "").startswith("/"):
                continue
            # An invented password or key must not end the token that this runs with.
            status, code = answer(options.host, options.token, sent)
            kind = classify(name, status, code)
            counts[kind] += 1
            methods.append((name, method, sent["verb"], sent["path"], status, code, kind))
        if sum(counts.values()):
            rows[name] = counts
    report(rows, methods, options)
    return 1 if any(row["broken"] for row in rows.values()) else 0


def report(rows, methods, options):
    if options.all:
        for name, method, verb, path, status, code, kind in methods:
            if kind in ("missing", "broken") and any(name in names for names in AREAS.values()):
                print(f"{kind}: {name}.{method}  {verb} {path}  {status} {code or ''}")
    lines = []
    for area, names in AREAS.items():
        sums = {c: sum(rows.get(n, {}).get(c, 0) for n in names) for c in CLASSES}
        lines.append((area, sums))
    known = {n for names in AREAS.values() for n in names}
    others = {c: sum(row[c] for name, row in rows.items() if name not in known) for c in CLASSES}
    lines.append(("everything else", others))
    header = ["service", "methods"] + CLASSES[:4] + ["answered"]
    table = []
    for area, sums in lines:
        total = sum(sums.values())
        answered = sums["implemented"] + sums["stored only"] + sums["501"]
        share = f"{100 * answered // total} %" if total else "-"
        table.append([area, str(total)] + [str(sums[c]) for c in CLASSES[:4]] + [share])
    if options.markdown:
        print("| " + " | ".join(header) + " |")
        print("|" + "---|" * len(header))
        for row in table:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(len(r[i]) for r in [header] + table) for i in range(len(header))]
        for row in [header] + table:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
