import Imaging

extension CaseSource {
    /// Why the two dialects differ for the regions of this case.
    ///
    /// - Throws: `CaseFailure`.
    public func explanations(
        regions: [RegionRequest], settings: ProcessingSettings, parameters: PyRadiomicsParameters
    ) throws(CaseFailure) -> [DialectExplanation] {
        do {
            let read = try CaseExtraction.image(self, uptake: settings.uptake)
            let tumour = try MaskReader.read(path: mask, image: read.volume, label: label, name: name).mask
            let organ = try organ.map { try MaskReader.read(path: $0, image: read.volume).mask }
            let excluded = Mask.union(try excluded.map { try MaskReader.read(path: $0, image: read.volume).mask })
            let path = try DialectPath(
                image: read.volume, holdsIntegers: read.holdsIntegers, settings: settings, parameters: parameters,
                organ: organ)
            // Rings are drawn on the image's own grid in both dialects.
            let chain = try ProcessingChain(
                image: read.volume, tumour: tumour, organ: organ, fan: read.fanMask, excluded: excluded,
                regions: regions,
                settings: ProcessingSettings(planar: settings.planar, ringDefinition: settings.ringDefinition),
                wantsDiagnostics: false, crops: false)
            return try regions.map {
                try path.explanation(of: try chain.masks.mask(of: $0), named: $0.description)
            }
        } catch {
            throw CaseFailure(self, code: (error as? ImagingError)?.code ?? "not_computable", message: "\(error)")
        }
    }
}
