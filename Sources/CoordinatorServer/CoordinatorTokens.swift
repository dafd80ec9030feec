public import Registry

/// Tokens from the command line, without a running server.
public enum CoordinatorTokens {
    /// Makes a one-time token of a registered site.
    public static func make(
        configuration: CoordinatorConfiguration, registry: Registry, site: String
    ) async throws -> String {
        try await OperatorRoutes.token(
            registry, authority: try configuration.authority(), site: site, actor: "coordinator")
    }
}
