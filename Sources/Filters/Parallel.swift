import Dispatch

/// Runs `body` on consecutive ranges that together are 0 ..< count, one range a thread.
func inParallel(_ count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let parts = max(1, min(threads, count))
    guard parts > 1 else { return body(0..<count) }
    DispatchQueue.concurrentPerform(iterations: parts) { part in
        body(part * count / parts..<(part + 1) * count / parts)
    }
}
