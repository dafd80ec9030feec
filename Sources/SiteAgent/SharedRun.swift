import Extraction
import Foundation

/// The cases that several helper processes share: each takes the next one, and the caller waits for them in order.
final class SharedRun: @unchecked Sendable {
    private let sources: [CaseSource]
    private let extraction: CaseExtraction
    // Guarded by `condition`.
    private var next = 0
    private var outcomes: [Int: ExtractionRun.Outcome] = [:]
    private let condition = NSCondition()

    init(sources: [CaseSource], extraction: CaseExtraction) {
        self.sources = sources
        self.extraction = extraction
    }

    /// Starts a thread that speaks with one helper process until no case is left.
    func startWorker(_ helpers: ImageHelpers) {
        Thread { [self] in
            guard let worker = helpers.take() else { return }
            while let index = take() { put(index, answer(sources[index], worker)) }
        }.start()
    }

    private func answer(_ source: CaseSource, _ worker: ImageWorker) -> ExtractionRun.Outcome {
        do {
            switch try worker.ask(.report(extraction, source)) {
            case .reports(let reports): return .success(try reports.map { try $0.report() })
            case .failure(let code, let message): return .failure(CaseFailure(source, code: code, message: message))
            default: return .failure(CaseFailure(source, code: "reader_crashed", message: "an answer of another kind"))
            }
        } catch let error as ImageWorkerError {
            return .failure(CaseFailure(source, code: error.code, message: error.description))
        } catch {
            return .failure(CaseFailure(source, code: "reader_crashed", message: "\(error)"))
        }
    }

    private func take() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        guard next < sources.count else { return nil }
        next += 1
        return next - 1
    }

    private func put(_ index: Int, _ outcome: ExtractionRun.Outcome) {
        condition.lock()
        outcomes[index] = outcome
        condition.signal()
        condition.unlock()
    }

    /// Waits for the outcome of a case, and forgets it.
    func outcome(_ index: Int) -> ExtractionRun.Outcome {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let outcome = outcomes.removeValue(forKey: index) { return outcome }
            condition.wait()
        }
    }
}
