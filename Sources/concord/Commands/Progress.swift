import Synchronization

/// Tells on standard error how far a long piece of work is: nothing in its first two seconds, then a line every two seconds at most.
final class Progress: Sendable {
    private static let pause = Duration.seconds(2)
    private let last = Mutex(ContinuousClock.now)

    /// Says what is done at the moment.
    func tell(_ text: String) {
        let isDue = last.withLock { last in
            let now = ContinuousClock.now
            guard now - last >= Self.pause else { return false }
            last = now
            return true
        }
        if isDue { Terminal.message(text) }
    }
}
