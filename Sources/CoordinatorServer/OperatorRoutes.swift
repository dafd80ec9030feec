import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Identity
import Registry
import StudyCore
import StudyProtocol
import Wire

/// What the coordinating centre and auditors call; JSON in and out.
struct OperatorRoutes {
    let registry: Registry
    let service: RunService
    let authority: CertificateAuthority
    let checkpointKey: String
    let callers: Callers

    private struct SiteBody: Decodable {
        let id: String
        let name: String
    }

    private struct ProtocolBody: Decodable {
        let yaml: String
        let file: String
    }

    private struct ReasonBody: Decodable {
        let reason: String
    }

    private struct RunBody: Decodable {
        let protocolHash: String
    }

    private func decode<Body: Decodable>(_ type: Body.Type, _ request: Request, limit: Int = 2 << 20) async throws
        -> Body
    {
        let bytes = try await request.bytes(limit: limit)
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch {
            throw Fault.invalid("the body is not the expected JSON")
        }
    }

    func add(to router: Router<CallerContext>) {
        router.get("v1/list/:listing") { request, context -> Response in
            _ = try await callers.person(context)
            guard let listing = Listing(rawValue: try context.parameters.require("listing")) else {
                throw Fault.notFound("such listing")
            }
            let lines = try await registry.listing(listing, filter: request.uri.queryParameters.get("id"))
            return .text("[" + lines.joined(separator: ",\n") + "]\n")
        }
        router.post("v1/sites") { request, context -> Response in
            let actor = try await callers.person(context)
            let body = try await decode(SiteBody.self, request)
            guard Identifier.isValid(body.id) else { throw Fault.invalid("site '\(body.id)' \(Identifier.rule)") }
            try await registry.addSite(id: body.id, name: body.name, actor: actor)
            return .text("{\"id\":\"\(body.id)\"}\n")
        }
        router.post("v1/sites/:site/token") { _, context -> Response in
            let actor = try await callers.person(context)
            let site = try context.parameters.require("site")
            return .text(
                "{\"token\":\"\(try await Self.token(registry, authority: authority, site: site, actor: actor))\"}\n")
        }
        router.post("v1/sites/:site/revoke") { request, context -> Response in
            let actor = try await callers.person(context)
            let site = try context.parameters.require("site")
            let body = try await decode(ReasonBody.self, request)
            let count = try await registry.revoke(subject: "site/\(site)", reason: body.reason, actor: actor)
            return .text("{\"revoked\":\(count)}\n")
        }
        addProtocols(to: router)
        addRuns(to: router)
        router.post("v1/audit/checkpoint") { _, context -> Response in
            let actor = try await callers.person(context)
            return .text(
                try await AuditCheckpoint(registry: registry, key: checkpointKey, domain: authority.studyDomain).sign(
                    actor: actor))
        }
    }

    private func addProtocols(to router: Router<CallerContext>) {
        router.post("v1/protocols") { request, context -> Response in
            let actor = try await callers.person(context)
            let body = try await decode(ProtocolBody.self, request)
            let study: StudyProtocol
            do {
                study = try StudyProtocol(yaml: body.yaml, file: body.file)
            } catch {
                throw Fault.invalid("\(error)")
            }
            let hash = try study.hash()
            try await registry.addProtocol(
                sha256: hash, study: study.study, title: study.title, version: study.version,
                canonical: try study.canonicalForm(), source: body.yaml,
                sites: study.sites.training.map { ($0, "training") } + study.sites.external.map { ($0, "external") },
                readers: study.agreement.readers, actor: actor)
            return .text("{\"sha256\":\"\(hash)\",\"study\":\"\(study.study)\",\"version\":\(study.version)}\n")
        }
        router.post("v1/protocols/:sha256/lock") { request, context -> Response in
            let actor = try await callers.person(context)
            let body = try await decode(ReasonBody.self, request)
            guard let stored = try await registry.storedProtocol(try context.parameters.require("sha256")) else {
                throw Fault.notFound("such protocol (give at least eight digits of its SHA-256)")
            }
            try await registry.lockProtocol(sha256: stored.sha256, reason: body.reason, actor: actor)
            return .text("{\"sha256\":\"\(stored.sha256)\",\"state\":\"locked\"}\n")
        }
        router.get("v1/protocols/:sha256") { _, context -> Response in
            _ = try await callers.person(context)
            guard let stored = try await registry.storedProtocol(try context.parameters.require("sha256")) else {
                throw Fault.notFound("such protocol (give at least eight digits of its SHA-256)")
            }
            return .text(String(decoding: stored.canonical, as: UTF8.self) + "\n")
        }
    }

    private func addRuns(to router: Router<CallerContext>) {
        router.post("v1/runs") { request, context -> Response in
            let actor = try await callers.person(context)
            let body = try await decode(RunBody.self, request)
            guard let stored = try await registry.storedProtocol(body.protocolHash) else {
                throw Fault.notFound("such protocol (give at least eight digits of its SHA-256)")
            }
            let run = "\(stored.study)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
            try await service.start(run: run, protocolHash: stored.sha256, actor: actor)
            return .text("{\"run\":\"\(run)\",\"study\":\"\(stored.study)\"}\n")
        }
        router.post("v1/runs/:run/stop") { request, context -> Response in
            let actor = try await callers.person(context)
            let body = try await decode(ReasonBody.self, request)
            guard !body.reason.isEmpty else { throw Fault.invalid("a run is stopped for a reason") }
            let run = try context.parameters.require("run")
            try await service.stop(run: run, reason: body.reason, actor: actor)
            return .text("{\"run\":\"\(run)\",\"state\":\"failed\"}\n")
        }
        router.get("v1/runs/:run/artefacts/:name") { _, context -> Response in
            _ = try await callers.person(context)
            guard let run = try await registry.latestRun(try context.parameters.require("run")) else {
                throw Fault.notFound("such run or study")
            }
            let name = try context.parameters.require("name")
            guard let bytes = try await registry.artefact(run: run, name: name) else {
                throw Fault.notFound("artefact '\(name)' of the run yet")
            }
            return .text(String(decoding: bytes, as: UTF8.self) + "\n")
        }
    }

    /// Makes a one-time token of a site.
    static func token(
        _ registry: Registry, authority: CertificateAuthority, site: String, actor: String
    ) async throws -> String {
        var random = SystemRandomNumberGenerator()
        let token = try EnrolmentToken(
            siteID: site, authorityFingerprint: authority.fingerprint, using: &random)
        try await registry.addToken(
            secretSHA256: token.secretDigest.hex, site: site, validSeconds: 3600, actor: actor)
        return token.text
    }
}
