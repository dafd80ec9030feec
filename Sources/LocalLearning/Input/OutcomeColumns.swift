/// Which columns of a table hold the outcome.
public struct OutcomeColumns: Codable, Sendable, Equatable {
    /// Column of the event: 1 event, 0 none.
    public let event: String
    /// Column of the time to the event or to the end of observation; nil for an outcome without time.
    public let time: String?

    /// A binary outcome, or one with its time.
    public init(event: String, time: String? = nil) {
        self.event = event
        self.time = time
    }

    /// The columns.
    public var columns: [String] { [event] + [time].compactMap(\.self) }
}
