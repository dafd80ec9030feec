import FoundationEssentials
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Identity
public import Logging
import NIOCore
import NIOSSL
import Registry
import ServiceLifecycle
import StudyCore

/// The coordinator's HTTPS server. It holds no state: any number of replicas may serve one database.
public struct CoordinatorServer: Sendable {
    let configuration: CoordinatorConfiguration
    let logger: Logger

    /// Creates the server of a folder.
    public init(configuration: CoordinatorConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT; requests in flight are finished.
    ///
    /// - Throws: the reason for which it cannot start.
    public func run() async throws {
        let registry = Registry(
            pool: RegistryPool(conninfo: configuration.serviceDatabase, size: configuration.poolSize))
        let service = RunService(registry: registry)
        let callers = Callers(registry: registry, domain: configuration.studyDomain)
        let metrics = Metrics()
        let router = Router(context: CallerContext.self)
        router.add(middleware: FaultMiddleware(metrics: metrics, logger: logger))
        HealthRoutes(registry: registry, metrics: metrics).add(to: router)
        EnrolmentRoutes(
            registry: registry, authority: try configuration.authority(), callers: callers,
            certificateSeconds: configuration.certificateDays * 86_400
        ).add(to: router)
        AgentRoutes(registry: registry, service: service, callers: callers).add(to: router)
        OperatorRoutes(
            registry: registry, service: service, authority: try configuration.authority(),
            checkpointKey: try configuration.text("checkpoint.key"), callers: callers
        ).add(to: router)
        let application = Application(
            router: router,
            server: try .tls(.http1(configuration: .init(idleTimeout: .seconds(90))), tlsConfiguration: tls()),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: "concord"),
            onServerRunning: { [logger, configuration] _ in
                logger.notice("serving", metadata: ["port": "\(configuration.port)"])
            },
            logger: logger)
        try await application.runService()
        await registry.pool.close()
    }

    /// TLS 1.2 or later; a client certificate is verified if there is one, and the routes demand it where it is needed.
    private func tls() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(try configuration.text("server.pem").utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(try configuration.text("server.key").utf8), format: .pem)
        let authority = try NIOSSLCertificate.fromPEMBytes(Array(try configuration.text("authority.pem").utf8))
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.trustRoots = .certificates(authority)
        tls.certificateVerification = .optionalVerification
        tls.minimumTLSVersion = .tlsv12
        return tls
    }
}
