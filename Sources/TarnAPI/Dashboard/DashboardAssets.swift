/// The dashboard's style, script and icon: small enough to be part of the program.
enum DashboardAssets {
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5c63"/>\
        <path d="M5 14 13 6l5 5 3-3 6 6z" fill="#e8f4f2"/><path d="m5 17 8 8 5-5 3 3 6-6z" fill="#7cc4bd"/></svg>
        """

    /// Replaces the figures of the cluster's table as the node tells of new ones; without it the page shows those of
    /// its making.
    static let script = """
        "use strict";
        const table = document.querySelector("[data-live]");
        if (table) {
          const note = document.getElementById("live");
          const say = (text) => { if (note) note.textContent = text; };
          const source = new EventSource("/ui/events");
          source.onmessage = (event) => {
            for (const [key, value] of Object.entries(JSON.parse(event.data))) {
              const cell = document.getElementById(key);
              if (!cell || cell.textContent === value) continue;
              cell.textContent = value;
              if (key.endsWith("-state")) cell.className = "state " + (value === "ok" ? "good" : "bad");
            }
            say("live");
          };
          source.onerror = () => say("connection lost; trying again");
          addEventListener("pagehide", () => source.close());
        }
        """

    static let style = """
        :root { color-scheme: light dark; --ground: #fbfcfc; --card: #fff; --ink: #17212b; --soft: #536471;
          --line: #d7dfe3; --accent: #0b5c63; --good: #1b6e3c; --bad: #a3211b; --add: #dcf3e3; --del: #fbe1df; }
        @media (prefers-color-scheme: dark) { :root { --ground: #10161b; --card: #182127; --ink: #e6edf1; --soft: #9fb0ba;
          --line: #2e3b44; --accent: #7cc4bd; --good: #74d69a; --bad: #ff9d94; --add: #173a26; --del: #48201e; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        a { color: var(--accent); }
        a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible,
        [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -99em; }
        .skip:focus { left: 1em; top: 1em; background: var(--card); padding: .5em 1em; z-index: 1; }
        header { display: flex; flex-wrap: wrap; gap: .25em 1.5em; align-items: center; padding: .6em 1.25em;
          background: var(--card); border-bottom: 1px solid var(--line); }
        header p { margin: 0; }
        .brand a { font-weight: 700; font-size: 1.15em; text-decoration: none; }
        .dc { color: var(--soft); margin-left: .6em; }
        header nav { display: flex; flex-wrap: wrap; gap: .1em .25em; flex: 1; }
        header nav a { padding: .3em .6em; border-radius: 6px; text-decoration: none; color: var(--ink); }
        header nav a[aria-current] { background: var(--accent); color: var(--card); }
        .who { color: var(--soft); margin-right: .6em; }
        main { max-width: 84em; margin: 0 auto; padding: 1em 1.25em 4em; }
        h1 { font-size: 1.5em; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { font-size: 1.15em; margin-top: 2em; }
        .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .45em .8em; border-bottom: 1px solid var(--line); vertical-align: top; }
        tbody tr:last-child > * { border-bottom: 0; }
        th { color: var(--soft); font-weight: 600; white-space: nowrap; }
        td.number, th.number { text-align: right; }
        td.path { overflow-wrap: anywhere; min-width: 12em; }
        code, pre, .hash { font: .9em/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
        .hash { overflow-wrap: anywhere; }
        pre { margin: 0; padding: .8em 1em; overflow-x: auto; background: var(--card); border: 1px solid var(--line);
          border-radius: 8px; tab-size: 4; }
        .cards { display: grid; gap: 1em; grid-template-columns: repeat(auto-fit, minmax(15em, 1fr)); padding: 0;
          list-style: none; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8em 1em; }
        .card h2, .card h3 { margin: 0 0 .3em; font-size: 1.05em; }
        .card p { margin: .2em 0; }
        .figure { font-size: 1.5em; font-weight: 600; }
        .chart { width: 100%; height: auto; }
        .chart text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        .chart .bar { fill: var(--accent); }
        .soft { color: var(--soft); }
        .state { font-weight: 600; }
        .good { color: var(--good); }
        .bad { color: var(--bad); }
        .empty, .note { background: var(--card); border: 1px dashed var(--line); border-radius: 8px; padding: 1em; }
        .problem { border-left: 4px solid var(--bad); }
        .crumbs, .actions { display: flex; flex-wrap: wrap; gap: .2em .9em; margin: .5em 0 1em; padding: 0; list-style: none; }
        .cell { margin: 1em 0; }
        .cell.text { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .2em 1em; }
        .cell h1, .cell h2 { margin: .6em 0 .3em; font-size: 1.2em; }
        .cell img { max-width: 100%; }
        .output { border-left: 3px solid var(--line); margin-top: .4em; padding-left: .8em; overflow-x: auto; }
        .failure { color: var(--bad); }
        .cell .title { margin: 0 0 .25em; font-weight: 600; }
        .cell .language { color: var(--soft); font-size: .85em; }
        .lines { padding: .4em 0; }
        .lines span { display: block; padding: 0 1em; white-space: pre; min-width: max-content; }
        .add { background: var(--add); }
        .del { background: var(--del); }
        form.inline { display: flex; flex-wrap: wrap; gap: .5em; align-items: end; margin: 1em 0; }
        label { display: block; font-weight: 600; }
        input, button { font: inherit; color: inherit; padding: .4em .7em; border: 1px solid var(--line);
          border-radius: 6px; background: var(--card); max-width: 100%; }
        input[type=search], input[type=password] { width: 26em; }
        button { cursor: pointer; }
        button.main { background: var(--accent); color: var(--card); border-color: var(--accent); }
        @media (max-width: 40em) { header { padding: .6em .8em; justify-content: space-between; }
          header nav { order: 1; flex-basis: 100%; } main { padding: .5em .8em 3em; }
          th, td { padding: .4em .5em; } }
        @media (prefers-reduced-motion: no-preference) { a, button { transition: background .15s; } }
        """
}
