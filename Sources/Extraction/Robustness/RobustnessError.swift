/// Why robustness cannot be told from some files.
public enum RobustnessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A line is no report of `extract`.
    case notReport(file: String, line: Int)
    /// A report was made without disturbances.
    case notDisturbed(file: String, line: Int)
    /// Reports of different settings do not pool.
    case otherConfiguration(file: String, line: Int)
    /// The same region of a case and reader appears again.
    case twice(file: String, line: Int)
    /// Nothing to work on.
    case empty
    /// Fewer than two protocols.
    case oneProtocol
    /// A subject has two rows of one protocol.
    case repeatedSubject(file: String, row: Int)

    /// The reason and the remedy in a sentence.
    public var description: String {
        switch self {
        case .notReport(let file, let line):
            "\(file), line \(line): is no line of `extract --format jsonl`; write the file again."
        case .notDisturbed(let file, let line):
            "\(file), line \(line): holds no disturbances; extract with --perturb."
        case .otherConfiguration(let file, let line):
            "\(file), line \(line): has other settings or disturbances than the lines before; extract all cases alike."
        case .twice(let file, let line):
            "\(file), line \(line): the region of this case and reader was there before; give each part once."
        case .empty: "There is no feature in the files; extract some with --perturb."
        case .oneProtocol: "There is one protocol only; agreement needs at least two."
        case .repeatedSubject(let file, let row):
            "\(file), row \(row): the subject has a row of this protocol already; keep one."
        }
    }
}
