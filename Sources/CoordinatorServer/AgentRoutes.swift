import FoundationEssentials
import HTTPTypes
import Hummingbird
import Identity
import Registry
import ServiceLifecycle
import StudyCore
import StudyProtocol
import Wire

/// What agents call: work, frozen results, answers, refusals.
struct AgentRoutes {
    let registry: Registry
    let service: RunService
    let callers: Callers

    func add(to router: Router<CallerContext>) {
        router.get("v1/work") { request, context -> Response in
            let site = try await callers.site(context)
            let version = String((request.headers[.userAgent] ?? "").prefix(64))
            try await callers.seen(site, version: version)
            let seconds = min(60, max(0, request.uri.queryParameters.get("wait").flatMap { Int($0) } ?? 0))
            let deadline = ContinuousClock.now + .seconds(seconds)
            while true {
                let generation = await service.hub.generation
                if let work = try await registry.work(forSite: site),
                    let task = try await service.task(run: work.run, round: work.round)
                {
                    return .message(try WireCodec.encode(task))
                }
                let left = deadline - ContinuousClock.now
                if left <= .zero || Task.isShuttingDownGracefully { return .noContent }
                // At least every second the database is asked: another replica may have opened a round.
                await service.hub.wait(min(left, .seconds(1)), since: generation)
            }
        }
        router.get("v1/artefacts/:sha256") { _, context -> Response in
            let site = try await callers.site(context)
            let sha256 = try context.parameters.require("sha256")
            guard let bytes = try await registry.artefact(sha256: sha256, site: site) else {
                throw Fault.notFound("such artefact")
            }
            return .message(bytes)
        }
        router.put("v1/runs/:run/rounds/:round/answer") { request, context -> Response in
            let site = try await callers.site(context)
            let (run, round) = try Self.place(context)
            let body = try await request.bytes(limit: WireLimits.answerBytes)
            switch try await service.receive(site: site, run: run, round: round, body: body) {
            case .receipt(let receipt): return .message(try WireCodec.encode(receipt))
            case .fault(let fault): return try FaultMiddleware.response(fault)
            }
        }
        router.post("v1/runs/:run/rounds/:round/refusal") { request, context -> Response in
            let site = try await callers.site(context)
            let (run, round) = try Self.place(context)
            let refusal: (run: String, round: Int, rule: String, message: String)
            do {
                refusal = try WireCodec.refusal(try await request.bytes(limit: WireLimits.smallBytes))
            } catch let error as WireError {
                throw Fault.invalid("\(error)")
            }
            try await service.refuse(
                site: site, run: run, round: round, rule: refusal.rule, message: refusal.message)
            return .noContent
        }
    }

    private static func place(_ context: CallerContext) throws -> (String, Int) {
        let run = try context.parameters.require("run")
        guard let round = Int(try context.parameters.require("round")), round > 0 else {
            throw Fault.invalid("the round is not a number")
        }
        return (run, round)
    }
}
