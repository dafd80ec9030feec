import Foundation

/// Messages and a bar on standard error: a bar with rate and time left on a terminal, otherwise a line for each case.
final class Progress {
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    private let start = ContinuousClock.now
    private var done = 0

    init(total: Int) { self.total = total }

    func step(_ name: String) {
        done += 1
        guard isTerminal else { return write("\(done)/\(total) \(name)\n") }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = Double(done) / max(seconds, 1e-3)
        let filled = total == 0 ? 30 : 30 * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let left = Int((Double(total - done) / max(rate, 1e-9)).rounded(.up))
        write("\r[\(bar)] \(done)/\(total)  \((rate * 10).rounded() / 10) cases/s  \(left) s left ")
    }

    func tell(_ text: String) { write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n") }

    func end() { if isTerminal, total > 0 { write("\n") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Says something on standard error.
func tell(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
