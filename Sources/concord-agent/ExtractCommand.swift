import ArgumentParser
import Foundation
import SiteAgent
import StudyProtocol

/// Extracts features locally, with no study around it.
struct Extract: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Extract the features of a protocol from one image and mask, or from a manifest, as CSV.",
        discussion: """
            Example:
              concord-agent extract --protocol protocols/hcc-mvi-ct.yaml --image ct.nii.gz --mask tumour.nii.gz
            """)
    @Option(name: .customLong("protocol"), help: "Protocol file; its regions and extraction settings count.")
    var protocolFile: String
    @Option(help: "Image: DICOM file or folder, NIfTI, NRRD, PNG.") var image: String?
    @Option(help: "Mask of the tumour.") var mask: String?
    @Option(help: "Label of the tumour in the mask; default: every voxel that is not 0.") var label: Int?
    @Option(name: .customLong("spacing-mm"), help: "Pixel spacing in mm for images that carry none.")
    var spacingMM: Double?
    @Option(help: "Manifest: case, reader, image, mask [, label, spacing-mm].") var manifest: String?

    func run() throws {
        let name = URL(filePath: protocolFile).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: protocolFile),
            let text = String(data: bytes, encoding: .utf8)
        else { throw fail("\(name): cannot be read as UTF-8", code: 64) }
        let extraction: LocalExtraction
        do {
            extraction = try LocalExtraction(study: try StudyProtocol(yaml: text, file: name))
        } catch {
            throw fail("\(error)", code: 64)
        }
        let rows: [LocalExtraction.Row]
        do {
            if let manifest {
                rows = try LocalExtraction.rows(manifest: manifest)
            } else if let image, let mask {
                rows = [
                    LocalExtraction.Row(
                        caseID: "case", reader: "", image: image, mask: mask, label: label, spacingMM: spacingMM)
                ]
            } else {
                throw fail("give --image and --mask, or --manifest", code: 64)
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            throw fail("\(error)", code: 64)
        }
        print("case,reader," + extraction.columns.joined(separator: ","))
        var failed = 0
        for row in rows {
            do {
                let values = try extraction.values(row)
                print("\(row.caseID),\(row.reader)," + values.map { $0.isNaN ? "" : "\($0)" }.joined(separator: ","))
            } catch {
                // One image: its mask's name is the whole story. A manifest: the rest is done, and the count is told.
                if manifest == nil, let mask {
                    let name = URL(filePath: mask).lastPathComponent
                    throw fail("\(error)".hasPrefix(name) ? "\(error)" : "\(name): \(error)")
                }
                failed += 1
                FileHandle.standardError.write(Data("\(row.caseID): \(error)\n".utf8))
            }
        }
        if failed > 0 { throw fail("\(failed) of \(rows.count) cases failed") }
    }
}
