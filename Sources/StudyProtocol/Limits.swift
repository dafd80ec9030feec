/// The largest input that this module takes.
public enum Limits {
    /// Bytes of a YAML document.
    public static let documentBytes = 1_048_576
    /// Sites of a study.
    public static let sites = 100
    /// Regions of a protocol.
    public static let regions = 12
    /// Letters of an identifier.
    public static let identifierLength = 63
}
