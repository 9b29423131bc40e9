internal import TarnCore

/// The form that a layout has in the metadata of other formats: an object with only the members that are needed.
extension SourceLayout {
    /// The layout that `object` describes. Unknown members and wrong kinds of values are ignored: the worst that a
    /// wrong layout does is to be dropped when the notebook is written.
    init(_ object: JSONObject) {
        self.separator = object["separator"]?.string
        self.body = object["body"]?.string
        self.hasSpacedBlankLines = object["spacedBlankLines"]?.boolean ?? false
    }

    /// The members that describe the layout and the cell's magic, where it is not the usual `magic`; nil when there is
    /// nothing to say.
    func object(magic: String?) -> JSONObject? {
        var object = JSONObject()
        if let body = self.body { object["body"] = JSONFragment(body) }
        if let magic { object["magic"] = JSONFragment(magic) }
        if let separator = self.separator { object["separator"] = JSONFragment(separator) }
        if self.hasSpacedBlankLines { object["spacedBlankLines"] = JSONFragment(true) }
        return object.isEmpty ? nil : object
    }
}

extension Notebook {
    /// Takes the layout of the whole file from `object`.
    mutating func takeSourceLayout(_ object: JSONObject) {
        self.sourceHeader = object["header"]?.string
        self.sourceEnding = object["ending"]?.string ?? ""
    }

    /// What has to be kept of the layout of the whole file; nil when it is the usual one.
    var sourceLayoutObject: JSONObject? {
        var object = JSONObject()
        if !self.sourceEnding.isEmpty { object["ending"] = JSONFragment(self.sourceEnding) }
        if let header = self.sourceHeader { object["header"] = JSONFragment(header) }
        return object.isEmpty ? nil : object
    }
}
