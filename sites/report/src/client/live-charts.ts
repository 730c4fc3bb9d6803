// Charts come alive when they scroll into view; where that fails the drawn picture stays.

const pictures = document.querySelectorAll<HTMLElement>('[data-spec-url]');

if (pictures.length > 0 && 'IntersectionObserver' in window && location.protocol !== 'file:') {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        import('./live-embed.ts')
          .then(({ makeLive }) => makeLive(target as HTMLElement))
          .catch(() => {
            (target as HTMLElement).dataset.live = 'failed';
          });
      }
    },
    { rootMargin: '120px' },
  );
  for (const picture of pictures) observer.observe(picture);
}
