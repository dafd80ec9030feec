import Hummingbird
import Registry

/// Liveness, readiness and counters, for anybody.
struct HealthRoutes {
    let registry: Registry
    let metrics: Metrics

    func add(to router: Router<CallerContext>) {
        router.get("healthz") { _, _ in Response.text("ok\n", type: "text/plain") }
        router.get("readyz") { [registry] _, _ -> Response in
            await registry.isReady()
                ? Response.text("ready\n", type: "text/plain")
                : Response(status: .serviceUnavailable)
        }
        router.get("metrics") { [metrics] _, _ -> Response in
            Response.text(metrics.text, type: "text/plain; version=0.0.4")
        }
    }
}
