/// The rule for identifiers of studies, sites, readers and regions: they appear in URLs, certificates and file names.
public enum Identifier {
    /// Lower-case letters, digits and hyphens, starting with a letter, at most `Limits.identifierLength` long.
    public static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7a).contains(first), text.utf8.count <= Limits.identifierLength
        else { return false }
        return text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }

    /// The rule in words, for messages.
    public static let rule = "must be lower-case letters, digits and hyphens, starting with a letter, 63 at most"
}
