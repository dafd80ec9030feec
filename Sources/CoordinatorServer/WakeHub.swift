/// Wakes long polls when a round opens in this process. Only a hint: a poll also looks at the database by itself, so
/// that another replica's rounds are seen and nothing rests on this memory.
actor WakeHub {
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var next = 0
    /// Counts the wakes: taken before the database is asked, it tells `wait` whether one has come since.
    private(set) var generation = 0

    /// Returns when something changed since `generation` was taken, or after the time.
    func wait(_ duration: Duration, since generation: Int) async {
        guard generation == self.generation else { return }
        let ticket = next
        next += 1
        let timer = Task {
            try? await Task.sleep(for: duration)
            self.release(ticket)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { continuation.resume() } else { waiting[ticket] = continuation }
            }
        } onCancel: {
            Task { await self.release(ticket) }
        }
        timer.cancel()
    }

    private func release(_ ticket: Int) { waiting.removeValue(forKey: ticket)?.resume() }

    /// Wakes everyone.
    func wake() {
        generation += 1
        let all = waiting
        waiting.removeAll()
        for continuation in all.values { continuation.resume() }
    }
}
