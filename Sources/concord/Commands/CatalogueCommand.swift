import ArgumentParser
import StudyCore

/// What can leave a hospital.
struct CatalogueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue", abstract: "Everything that a hospital can send, as a table in Markdown.")

    func run() {
        Terminal.data(Catalogue.markdown())
    }
}
