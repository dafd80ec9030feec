/// Limits of what a peer can make this module hold or wait for.
public enum Limits {
    /// Response body of a request that names no limit, in bytes.
    public static let responseBytes = 8 << 20
    /// All response headers together, in bytes.
    public static let headerBytes = 65_536
    /// Response body of an unverified bootstrap request, in bytes.
    public static let bootstrapBytes = 65_536
    /// Requests that wait or run in one client.
    public static let requests = 256
}
