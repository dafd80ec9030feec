import ArgumentParser
import SiteAgent

/// The helper process; started by the agent only.
struct ImageWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image-worker", abstract: "Parse images in a process without network.", shouldDisplay: false)

    func run() throws {
        do {
            try ImageWorkerService.run()
        } catch {
            throw fail("\(error)", code: 70)
        }
    }
}
