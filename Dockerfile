# The mock of Amazon Bedrock in a container. The context is an unpacked archive of a release (`cargo xtask archive`), so
# that the image holds the program whose checksum was published:
#
#   tar -xzf rehearsal-0.2.0-x86_64-unknown-linux-gnu.tar.gz
#   docker build -t rehearsal -f Dockerfile rehearsal-0.2.0-x86_64-unknown-linux-gnu
#   docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges -p 127.0.0.1:8787:8787 rehearsal
FROM gcr.io/distroless/cc-debian12:nonroot

COPY --chmod=0555 rehearsal /rehearsal
COPY LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt /licences/

# The image's own user without rights; nothing is written, so that the root may be read-only.
USER 65532:65532
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/rehearsal", "serve", "--health", "http://127.0.0.1:8787"]

ENTRYPOINT ["/rehearsal"]
# A container is reached from outside of it only: who may is said by what publishes the port.
CMD ["serve", "--address", "0.0.0.0", "--allow-remote", "--port", "8787", "--fallback", "echo"]
