/// What a stranger's statement may touch on a restricted connection.
package struct SQLiteRules: Sendable {
    /// Views and tables that may be read. What a view reads in turn is allowed as well.
    package var tables: Set<String>
    /// Names of tables behind the views, which are reported as unknown.
    package var hiddenTables: Set<String>
    /// Functions that may be called, in lower case.
    package var functions: Set<String>
    /// Bytes by which the memory of SQLite in this process may grow while a statement goes on.
    package var memoryBytesMax: Int

    package init(tables: Set<String>, hiddenTables: Set<String>, memoryBytesMax: Int) {
        self.tables = tables
        self.hiddenTables = hiddenTables
        self.functions = Self.harmlessFunctions
        self.memoryBytesMax = memoryBytesMax
    }

    /// Functions of SQLite that compute from their arguments alone, and table functions over JSON.
    package static let harmlessFunctions: Set<String> = [
        "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "ceil", "ceiling",
        "changes",
        "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "date", "datetime", "degrees",
        "dense_rank", "exp", "first_value", "floor", "format", "glob", "group_concat", "hex", "ifnull", "iif", "instr",
        "json", "json_array", "json_array_length", "json_extract", "json_group_array", "json_group_object",
        "json_insert",
        "json_object", "json_patch", "json_quote", "json_remove", "json_replace", "json_set", "json_type", "json_valid",
        "julianday", "lag", "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log", "log10",
        "log2",
        "lower", "ltrim", "max", "min", "mod", "nth_value", "ntile", "nullif", "percent_rank", "pi", "pow", "power",
        "printf", "quote", "radians", "random", "rank", "replace", "round", "row_number", "rtrim", "sign", "sin",
        "sinh",
        "sqrt", "strftime", "substr", "substring", "sum", "tan", "tanh", "time", "total", "trim", "trunc", "typeof",
        "unicode", "unixepoch", "unlikely", "upper",
    ]
    /// Table-valued functions that may stand in FROM.
    static let harmlessTableFunctions: Set<String> = ["json_each", "json_tree"]
}
