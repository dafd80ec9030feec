/// Limits of everything that `Identity` reads from outside.
public enum Limits {
    /// Longest site or operator identifier, in bytes.
    public static let identifierLength = 63
    /// Longest study domain, in bytes (X.520 `ub-organization-name`, the domain is also the subject's organisation).
    public static let studyDomainLength = 64
    /// Longest PEM text that is parsed, in bytes.
    public static let pemBytes = 16_384
    /// Longest DER certificate that is parsed, in bytes.
    public static let certificateBytes = 12_288
    /// Longest enrolment token, in bytes.
    public static let tokenBytes = 256
    /// DNS names and addresses of one server certificate.
    public static let serverNames = 32
    /// Certificates start this many seconds before they are issued, for clocks that are behind.
    public static let backdateSeconds = 300
    /// Shortest validity of an issued certificate, in seconds.
    public static let shortestValiditySeconds = 60
    /// Longest validity of an issued certificate, in seconds (30 years, for an authority).
    public static let longestValiditySeconds = 30 * 366 * 86_400
}
