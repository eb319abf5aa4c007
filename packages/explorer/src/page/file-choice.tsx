import { useEffect, useState } from "preact/hooks";

interface FileButtonProps {
  readonly label: string;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A button that lets somebody choose a .dcz file. */
export function FileButton({ label, onFiles }: FileButtonProps) {
  return (
    <label class="button">
      {label}
      <input
        type="file"
        class="hidden"
        accept=".dcz"
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files && files.length > 0) onFiles(Array.from(files));
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </label>
  );
}

/** Takes files that are dropped anywhere on the page; true while some are held above it. */
export function useDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      const files = Array.from(event.dataTransfer?.files ?? []);
      if (files.length > 0) onFiles(files);
    };
    document.addEventListener("dragover", onOver);
    document.addEventListener("dragleave", onLeave);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("dragover", onOver);
      document.removeEventListener("dragleave", onLeave);
      document.removeEventListener("drop", onDrop);
    };
  }, [onFiles]);
  return isOver;
}
