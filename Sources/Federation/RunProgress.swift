import Synchronization

/// How far computations in this process are, for a command whose user waits for them.
public enum RunProgress {
    private static let observer = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Has this function told, from now on, what is done: a round of a computation, or a larger part of the work.
    public static func observe(_ observer: (@Sendable (String) -> Void)?) {
        Self.observer.withLock { $0 = observer }
    }

    /// Says what is done at the moment.
    public static func tell(_ text: @autoclosure () -> String) {
        guard let observer = observer.withLock({ $0 }) else { return }
        observer(text())
    }
}
