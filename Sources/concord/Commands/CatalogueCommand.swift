import ArgumentParser
import LocalHarmonisation
import StudyCore

/// What can leave a hospital.
struct CatalogueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue", abstract: "Everything that a hospital can send, as a table in Markdown.")

    @Flag(help: "The variants of harmonisation, those beyond the study protocol's too.") var harmonisation = false

    func run() {
        Terminal.data(harmonisation ? VariantCatalogue.markdown() : Catalogue.markdown())
    }
}
