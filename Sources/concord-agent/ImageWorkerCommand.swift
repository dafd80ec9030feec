import ArgumentParser
import CMalloc
import SiteAgent

/// The helper process; started by the agent only.
struct ImageWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image-worker", abstract: "Parse images in a process without network.", shouldDisplay: false)

    func run() throws {
        cmalloc_keep(64 << 20)
        do {
            try ImageWorkerService.run()
        } catch {
            throw fail("\(error)", code: 70)
        }
    }
}
