import FoundationEssentials

extension CaseFailure {
    /// The failure as it may leave the site: files by what they are, not by their names, which may name a patient or hold
    /// a UID, and no names of the regions in a DICOM mask.
    ///
    /// - Parameter source: the case that failed.
    public func travelling(_ source: CaseSource) -> CaseFailure {
        var text = message
        if code == "region_not_chosen", let end = text.firstRange(of: "; it holds") {
            text = String(text[..<end.lowerBound]) + "; it holds several."
        }
        var names: [(name: String, role: String)] = []
        func add(_ path: String?, _ role: String) {
            guard let path else { return }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            names += [(path, role), (name, role)]
            // Of a series it is one of the files that is named.
            let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            names += files.filter { text.contains($0) }.map { ($0, "a file of \(role)") }
        }
        add(source.image, "the image")
        add(source.mask, "the mask")
        add(source.organ, "the organ mask")
        add(source.phase2, "the second phase")
        for path in source.excluded { add(path, "an excluded mask") }
        // A name may hold another one: the longest first.
        for (name, role) in names.sorted(by: { $0.name.count > $1.name.count }) where !name.isEmpty {
            text = text.replacing(name, with: role)
        }
        return CaseFailure(source, code: code, message: text)
    }
}
